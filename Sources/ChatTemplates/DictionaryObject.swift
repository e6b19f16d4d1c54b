/// A Python dict: values by key, in the order in which the keys came.
final class DictionaryObject {
    private(set) var entries: [(key: Value, value: Value)] = []
    private var places: [DictionaryKey: Int] = [:]
    private(set) var depth = 1

    /// An empty dict, to be filled with `set` by whoever makes it, and by nobody later.
    init() {}

    init(_ pairs: some Sequence<(key: Value, value: Value)>, _ budget: Budget) throws {
        for (key, value) in pairs { try set(value, for: key, budget) }
    }

    func set(_ value: Value, for key: Value, _ budget: Budget) throws {
        try budget.allocateValues(6)
        depth = max(depth, try ValueDepth.above([key.depth, value.depth], budget))
        let place = try DictionaryKey(key, budget)
        if let index = places[place] {
            entries[index].value = value
        } else {
            places[place] = entries.count
            entries.append((key, value))
        }
    }

    func value(for key: Text) -> Value? {
        places[.text(key)].map { entries[$0].value }
    }

    func value(at place: DictionaryKey) -> Value? { places[place].map { entries[$0].value } }

    /// - Throws: `Failure` where the key is of a type that cannot be one.
    func value(for key: Value, _ budget: Budget) throws -> Value? {
        value(at: try DictionaryKey(key, budget))
    }
}

/// A key by the measure of Python's `hash` and `==`: 1, 1.0 and True are the same.
enum DictionaryKey: Hashable {
    case null
    case undefined
    case integer(Int)
    case largeInteger(Text)
    case float(Double)
    case text(Text)
    case tuple([DictionaryKey])
    case object(ObjectIdentifier)

    /// - Throws: `Failure` of kind runtime where the value is of a type that cannot be a key.
    init(_ value: Value, _ budget: Budget) throws {
        switch value {
        case .null: self = .null
        case .undefined: self = .undefined
        case .bool(let value): self = .integer(value ? 1 : 0)
        case .int(let value): self = .integer(value)
        case .largeInteger(let digits): self = .largeInteger(digits)
        case .float(let value): self = Int(exactly: value).map { .integer($0) } ?? .float(value)
        case .string(let text):
            try budget.scan(text)
            self = .text(text)
        case .tuple(let object):
            try budget.enter()
            defer { budget.leave() }
            try budget.allocateValues(object.elements.count)
            self = .tuple(try object.elements.map { try DictionaryKey($0, budget) })
        case .list, .dictionary, .view:
            throw Failure.runtime("unhashable type: '\(value.typeName)'")
        case .function(let function): self = .text(Text("\u{0}\(function)"))
        case .range(let object): self = .object(ObjectIdentifier(object))
        case .generator(let object): self = .object(ObjectIdentifier(object))
        case .namespace(let object): self = .object(ObjectIdentifier(object))
        case .macro(let object): self = .object(ObjectIdentifier(object))
        case .loop(let object): self = .object(ObjectIdentifier(object))
        case .cycler(let object): self = .object(ObjectIdentifier(object))
        case .joiner(let object): self = .object(ObjectIdentifier(object))
        case .block(let object): self = .object(ObjectIdentifier(object))
        case .method(let object): self = .object(ObjectIdentifier(object))
        }
    }
}

/// A live view of a dict.
struct DictionaryView {
    enum Kind: String {
        case keys, values, items
    }

    let kind: Kind
    let dictionary: DictionaryObject

    func elements(_ budget: Budget) throws -> [Value] {
        try budget.allocateValues(dictionary.entries.count)
        return switch kind {
        case .keys: dictionary.entries.map(\.key)
        case .values: dictionary.entries.map(\.value)
        case .items:
            try dictionary.entries.map {
                .tuple(try SequenceObject([$0.key, $0.value], budget))
            }
        }
    }
}
