import Synchronization

/// A search for the first number of a computation that is not finite.
///
/// While one `watches` a function, the modules that run in it say their names, and everything that
/// goes into them and comes out is looked at, forward and backward. Otherwise `module` costs
/// nothing.
public final class NumberInspection: Sendable {
    /// What of a module was looked at.
    public enum Part: Sendable {
        /// What went in.
        case input
        /// What it computed.
        case output
        /// The gradient that came back to what it computed.
        case outputGradient
        /// The gradient that its backward computed.
        case inputGradient
        /// The gradient of a weight.
        case weightGradient
    }

    /// Numbers that were looked at.
    public struct Look: Sendable, Equatable {
        /// The module's path, such as `model.layers.0.mlp.up_proj`.
        public let module: String
        /// What of it.
        public let part: Part
        /// The largest of the finite numbers, without its sign.
        public let largest: Double
        /// How many there are.
        public let count: Int
        /// How many of them are not finite.
        public let notFiniteCount: Int
        /// The sequence of the first of those; nil where it has none, or none is told.
        public let row: String?
    }

    private struct State {
        var looks: [Look] = []
        var prefix = ""
        var rowName: @Sendable (_ row: Int, _ count: Int) -> String? = { _, _ in nil }
    }

    private let state = Mutex(State())

    /// All that was looked at, in order, up to the first that has numbers which are not finite.
    public var looks: [Look] { state.withLock(\.looks) }
    /// The last of the looks, where it found such numbers.
    public var finding: Look? { looks.last.flatMap { $0.notFiniteCount > 0 ? $0 : nil } }

    @TaskLocal private static var current: NumberInspection?

    /// Makes a search that has seen nothing.
    public init() {}

    /// Runs a function whose modules are looked at.
    public func watch<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Self.$current.withValue(self) { try body() }
    }

    /// Runs a module, looking at what goes in and comes out.
    ///
    /// - Parameters:
    ///   - path: its name; taken only where somebody looks.
    ///   - input: what its backward gives a gradient for.
    public static func module(
        _ path: @autoclosure () -> String,
        _ input: Tensor,
        _ body: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        guard let current else { return try body(input) }
        let path = path()
        return try current.seen(
            body(current.seen(input, path, .input, .inputGradient)),
            path,
            .output,
            .outputGradient
        )
    }

    /// Puts a word before the names of the modules that run in a function.
    public static func prefixed<Result>(
        _ prefix: String,
        _ body: () throws -> Result
    ) rethrows -> Result {
        guard let current else { return try body() }
        let before = current.state.withLock { state in
            defer { state.prefix += prefix }
            return state.prefix
        }
        defer { current.state.withLock { $0.prefix = before } }
        return try body()
    }

    /// Has rows named by a function from now on: a row's number and how many there are in, the
    /// name out.
    public static func nameRows(_ name: @escaping @Sendable (_ row: Int, _ count: Int) -> String?) {
        current?.state.withLock { $0.rowName = name }
    }

    /// Looks at numbers that are no tensor's.
    ///
    /// - Parameter row: gives the name of what a number belongs to.
    public static func look(
        at numbers: @autoclosure () throws -> [Double],
        _ module: String,
        _ part: Part,
        row: (Int) -> String?
    ) rethrows {
        guard let current, current.finding == nil else { return }
        current.add(try numbers(), current.path(module), part, row: row)
    }

    /// Looks at a tensor that nothing more is computed from.
    public static func look(at tensor: Tensor, _ module: String, _ part: Part) throws(TorchError) {
        guard let current else { return }
        try current.look(at: tensor, current.path(module), part)
    }

    private func look(at tensor: Tensor, _ module: String, _ part: Part) throws(TorchError) {
        guard finding == nil else { return }
        let numbers = try tensor.detached().to(on: .cpu).to(.float64).contiguous()
            .elements(as: Double.self)
        let rows = tensor.shape.first ?? 1
        let rowName = state.withLock(\.rowName)
        add(numbers, module, part) { rowName($0 * rows / numbers.count, rows) }
    }

    private func path(_ module: String) -> String { state.withLock(\.prefix) + module }

    private func add(_ numbers: [Double], _ module: String, _ part: Part, row: (Int) -> String?) {
        let strange = numbers.indices.filter { !numbers[$0].isFinite }
        let look = Look(
            module: module,
            part: part,
            largest: numbers.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 },
            count: numbers.count,
            notFiniteCount: strange.count,
            row: strange.first.flatMap(row)
        )
        state.withLock { $0.looks.append(look) }
    }

    /// Looks at a tensor now, and at its gradient when it is there.
    private func seen(
        _ tensor: Tensor,
        _ path: String,
        _ part: Part,
        _ gradientPart: Part
    ) throws(TorchError) -> Tensor {
        let module = self.path(path)
        try look(at: tensor, module, part)
        return try withCustomGradient([tensor]) { () throws(TorchError) in
            CustomGradient([tensor]) { [self] (gradients, _) throws(TorchError) in
                try look(at: gradients[0], module, gradientPart)
                return [gradients[0]]
            }
        }[0]
    }
}
