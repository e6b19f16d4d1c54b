/// The elements of a Python list or tuple.
///
/// The sandbox lets nobody change them.
final class SequenceObject {
    let elements: [Value]
    let depth: Int
    /// For a named tuple: the names of its elements.
    let fieldNames: [String]

    /// - Throws: `Failure` of kind limit where memory is used up or values nest too deep.
    init(_ elements: [Value], fieldNames: [String] = [], _ budget: Budget) throws {
        try budget.allocateValues(elements.count + 4)
        self.elements = elements
        self.fieldNames = fieldNames
        depth = try ValueDepth.above(elements.lazy.map(\.depth), budget)
    }
}

/// Levels of nested values.
enum ValueDepth {
    /// The depth of something that holds values of these depths.
    static func above(_ depths: some Sequence<Int>, _ budget: Budget) throws -> Int {
        let depth = (depths.max() ?? 0) + 1
        // Half of the levels, so that what walks through values finds room below expressions.
        guard depth <= max(1, budget.limits.depth / 2) else {
            throw Failure.limit("values lie more than \(budget.limits.depth / 2) levels deep")
        }
        return depth
    }
}

/// A Python `range`.
final class RangeObject {
    let start, stop, step: Int
    let count: Int

    /// The most elements that Jinja's sandbox allows.
    static let maximumCount = 100_000

    init(start: Int, stop: Int, step: Int) throws {
        guard step != 0 else { throw Failure.runtime("range() arg 3 must not be zero") }
        self.start = start
        self.stop = stop
        self.step = step
        let (distance, overflow) =
            step > 0
            ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
        let tooLarge = Failure.limit(
            "Range too big. The sandbox blocks ranges larger than \(Self.maximumCount) elements."
        )
        if step > 0 ? start >= stop : start <= stop {
            count = 0
        } else {
            guard !overflow else { throw tooLarge }
            count = Int((UInt(distance) - 1) / step.magnitude) + 1
        }
        guard count <= Self.maximumCount else { throw tooLarge }
    }

    /// The element at `index`, which lies in `0..<count`.
    subscript(index: Int) -> Int { start &+ index &* step }
}
