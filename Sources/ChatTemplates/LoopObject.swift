/// The variable `loop` inside a `for` loop, which also draws its elements.
///
/// Elements are drawn late, as Jinja does: what a loop's filter sees may change while it runs.
final class LoopObject {
    /// What a recursive loop needs to begin again.
    struct Recursion {
        let statement: ForStatement
        let scope: Scope
    }

    let depth: Int
    /// How deep a recursive loop is, from 0.
    let recursionDepth: Int
    let recursion: Recursion?
    private var source: ValueIterator
    /// The number of elements, where it is known without drawing them.
    private(set) var knownCount: Int?
    private(set) var index0 = -1
    private var current: Value?
    private var previous: Value?
    private var peeked: Value?
    private var lastChecked: [Value]?

    init(
        _ source: ValueIterator,
        count: Int?,
        recursion: Recursion?,
        recursionDepth: Int,
        _ budget: Budget
    ) throws {
        self.source = source
        knownCount = count
        self.recursion = recursion
        self.recursionDepth = recursionDepth
        depth = try ValueDepth.above([source.depth], budget)
    }

    func next(_ interpreter: Interpreter) throws -> Value? {
        guard let value = try peeked ?? source.next(interpreter) else { return nil }
        peeked = nil
        index0 += 1
        previous = current
        current = value
        return value
    }

    private func peek(_ interpreter: Interpreter) throws -> Value? {
        if peeked == nil { peeked = try source.next(interpreter) }
        return peeked
    }

    private func count(_ interpreter: Interpreter) throws -> Int {
        if let knownCount { return knownCount }
        let rest = try source.rest(interpreter)
        source = ValueIterator(rest)
        let count = rest.count + index0 + 1 + (peeked == nil ? 0 : 1)
        knownCount = count
        return count
    }

    /// An attribute, or nil where there is none.
    func attribute(_ name: String, _ interpreter: Interpreter) throws -> Value? {
        switch name {
        case "index": .int(index0 + 1)
        case "index0": .int(index0)
        case "revindex": .int(try count(interpreter) - index0)
        case "revindex0": .int(try count(interpreter) - index0 - 1)
        case "first": .bool(index0 == 0)
        case "last": .bool(try peek(interpreter) == nil)
        case "length": .int(try count(interpreter))
        case "depth": .int(recursionDepth + 1)
        case "depth0": .int(recursionDepth)
        case "previtem":
            previous ?? Undefined.message("there is no previous item")
        case "nextitem":
            try peek(interpreter) ?? Undefined.message("there is no next item")
        case "cycle", "changed":
            .method(try MethodObject(.loop(self), name, interpreter.budget))
        default: nil
        }
    }

    func cycle(_ values: [Value]) throws -> Value {
        guard !values.isEmpty else { throw Failure.runtime("no items for cycling given") }
        return values[max(0, index0) % values.count]
    }

    /// Whether the values differ from those of the last call.
    func changed(_ values: [Value], _ interpreter: Interpreter) throws -> Bool {
        if let lastChecked, lastChecked.count == values.count {
            var isSame = true
            for (old, new) in zip(lastChecked, values) where isSame {
                isSame = try interpreter.areEqual(old, new)
            }
            if isSame { return false }
        }
        if lastChecked == nil { interpreter.keep(self) }
        lastChecked = values
        return true
    }

    /// Lets go of what it was given to hold.
    func clear() { lastChecked = nil }
}

/// Draws the values of something that can be walked through.
struct ValueIterator {
    let depth: Int
    private var elements: [Value]
    private var index = 0
    private let generator: GeneratorObject?

    init(_ elements: [Value]) {
        self.elements = elements
        generator = nil
        depth = elements.lazy.map(\.depth).max() ?? 0
    }

    init(_ generator: GeneratorObject) {
        elements = []
        self.generator = generator
        depth = generator.depth
    }

    mutating func next(_ interpreter: Interpreter) throws -> Value? {
        if let generator { return try generator.next(interpreter) }
        guard index < elements.count else { return nil }
        try interpreter.budget.step()
        index += 1
        return elements[index - 1]
    }

    /// All values that are left.
    mutating func rest(_ interpreter: Interpreter) throws -> [Value] {
        guard generator != nil else {
            defer { index = elements.count }
            return Array(elements[index...])
        }
        var values: [Value] = []
        while let value = try next(interpreter) {
            try interpreter.budget.allocateValues(1)
            values.append(value)
        }
        return values
    }
}
