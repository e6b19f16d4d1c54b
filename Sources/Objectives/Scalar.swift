/// A number that knows how it was computed, so that derivatives can be taken.
///
/// Objectives are functions of a few numbers per preference: they are computed here, in float64,
/// and only their derivatives with respect to the answers' log-probabilities go back to the model.
/// Arithmetic on constants keeps nothing.
public struct Scalar: Sendable {
    /// The number.
    public let value: Double
    let node: Node?

    /// A constant.
    public init(_ value: Double) {
        self.value = value
        node = nil
    }

    /// A number whose derivatives `gradients(of:withRespectTo:)` gives.
    public static func variable(_ value: Double) -> Scalar { Scalar(value, [], []) }

    /// The result of a computation.
    ///
    /// - Parameters:
    ///   - inputs: what went in.
    ///   - derivatives: of the result with respect to each input.
    init(_ value: Double, _ inputs: [Scalar], _ derivatives: [Double]) {
        self.value = value
        var edges: [(node: Node, derivative: Double)] = []
        for (input, derivative) in zip(inputs, derivatives) {
            if let node = input.node { edges.append((node, derivative)) }
        }
        node = inputs.isEmpty || !edges.isEmpty ? Node(edges) : nil
    }

    /// The same number as a constant.
    public var detached: Scalar { Scalar(value) }

    /// A step of a computation, immutable so that scalars can be shared between threads.
    final class Node: Sendable {
        let edges: [(node: Node, derivative: Double)]
        init(_ edges: [(node: Node, derivative: Double)]) { self.edges = edges }
    }
}

extension Scalar {
    /// The derivatives of a number with respect to variables: 0 where it does not depend on one.
    public static func gradients(
        of result: Scalar,
        withRespectTo variables: [Scalar]
    ) -> [Double] {
        guard let root = result.node else { return variables.map { _ in 0 } }
        var gradients = [ObjectIdentifier(root): 1.0]
        for node in ordered(from: root) {
            guard let gradient = gradients[ObjectIdentifier(node)] else { continue }
            for edge in node.edges {
                // A derivative of 0 ends a branch that was not taken, whatever lies behind it.
                guard edge.derivative != 0 else { continue }
                gradients[ObjectIdentifier(edge.node), default: 0] += gradient * edge.derivative
            }
        }
        return variables.map { variable in
            variable.node.flatMap { gradients[ObjectIdentifier($0)] } ?? 0
        }
    }

    /// All steps that lead to one, each before what it was computed from.
    private static func ordered(from root: Node) -> [Node] {
        var finished: [Node] = []
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
        var stack: [(node: Node, next: Int)] = [(root, 0)]
        while let (node, next) = stack.last {
            guard next < node.edges.count else {
                finished.append(node)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            let child = node.edges[next].node
            if seen.insert(ObjectIdentifier(child)).inserted { stack.append((child, 0)) }
        }
        return finished.reversed()
    }
}
