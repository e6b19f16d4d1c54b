/// What `namespace()` gives: the one thing a template can change.
///
/// Objects that can be changed may come to hold themselves or endless chains. The interpreter keeps
/// a list of them and empties them at the end, so that neither leaks nor frees itself recursively.
final class NamespaceObject {
    var attributes: DictionaryObject
    var isBeingRepresented = false

    init(_ attributes: DictionaryObject) { self.attributes = attributes }
}

/// A macro or the body of a call block, with the frame it was defined in.
final class MacroObject {
    let definition: MacroDefinition
    let scope: Scope

    init(_ definition: MacroDefinition, _ scope: Scope) {
        self.definition = definition
        self.scope = scope
    }
}

/// Values that come one at a time and once only, as from Python generators and iterators.
final class GeneratorObject {
    let depth: Int
    private var produce: ((Interpreter) throws -> Value?)?

    /// - Parameter produce: gives the next value, or nil at the end. It must not hold an
    ///   interpreter.
    init(
        over depth: Int,
        _ budget: Budget,
        _ produce: @escaping (Interpreter) throws -> Value?
    ) throws {
        try budget.allocate(128)
        self.depth = try ValueDepth.above([depth], budget)
        self.produce = produce
    }

    /// Begins to walk through a source only when the first value is asked for, as a Python
    /// generator does: what cannot be walked through fails there, or never.
    ///
    /// - Parameter transform: gives the next value from the source's iterator.
    convenience init(
        lazily source: Value,
        _ budget: Budget,
        _ transform: @escaping (Interpreter, inout ValueIterator) throws -> Value?
    ) throws {
        var iterator: ValueIterator?
        try self.init(over: source.depth, budget) { interpreter in
            var current = try iterator ?? interpreter.iterate(source)
            defer { iterator = current }
            return try transform(interpreter, &current)
        }
    }

    convenience init(_ elements: [Value], _ budget: Budget) throws {
        var index = 0
        try self.init(over: elements.lazy.map(\.depth).max() ?? 0, budget) { _ in
            guard index < elements.count else { return nil }
            index += 1
            return elements[index - 1]
        }
    }

    func next(_ interpreter: Interpreter) throws -> Value? {
        guard let produce else { return nil }
        try interpreter.budget.enter()
        defer { interpreter.budget.leave() }
        try interpreter.budget.step()
        if let value = try produce(interpreter) { return value }
        self.produce = nil
        return nil
    }
}

/// What `cycler()` gives.
final class CyclerObject {
    let items: SequenceObject
    var position = 0

    init(_ items: SequenceObject) { self.items = items }

    var depth: Int { items.depth }
    var current: Value { items.elements[position] }
}

/// What `joiner()` gives: nothing at the first call, the separator later.
final class JoinerObject {
    let separator: Value
    var isUsed = false

    init(_ separator: Value) { self.separator = separator }
}

/// `self.name` or `super` in a template with blocks.
final class BlockReference {
    let block: BlockStatement

    init(_ block: BlockStatement) { self.block = block }
}

/// A method together with the value it was taken from.
final class MethodObject {
    let receiver: Value
    let name: String
    let depth: Int

    init(_ receiver: Value, _ name: String, _ budget: Budget) throws {
        try budget.allocate(64)
        self.receiver = receiver
        self.name = name
        depth = try ValueDepth.above([receiver.depth], budget)
    }
}

/// The functions and objects that transformers puts into every template's globals.
enum GlobalFunction: String, CaseIterable {
    case range
    case dict
    case lipsum
    case cycler
    case joiner
    case namespace
    case raiseException = "raise_exception"
    case strftimeNow = "strftime_now"
    /// The template itself, for `self.blockname()`.
    case template = "self"
}
