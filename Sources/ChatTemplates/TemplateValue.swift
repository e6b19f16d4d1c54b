package import OrderedJSON

/// A value that a template is given: what JSON can say.
public enum TemplateValue: Sendable, Equatable {
    /// Python's None.
    case null
    /// True or false.
    case bool(Bool)
    /// A whole number.
    case integer(Int)
    /// A whole number beyond 64 bits, in decimal digits with a sign before them where it is below 0.
    ///
    /// Templates can print it and pass it on, but not compute with it.
    case largeInteger(String)
    /// A number with a fraction, Python's float.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([TemplateValue])
    /// Values by key, in an order that templates can see.
    case object(TemplateObject)
}

/// Values by key, in the order in which the keys came: a message, a tool, or the extra variables.
public struct TemplateObject: Sendable, Equatable {
    /// The keys with their values.
    ///
    /// Where a key stands twice, the last one holds.
    public var members: [(key: String, value: TemplateValue)]

    /// An object with these members.
    public init(_ members: [(key: String, value: TemplateValue)] = []) { self.members = members }

    /// The value of a key, or nil where there is none; setting nil removes the key.
    public subscript(key: String) -> TemplateValue? {
        get { members.last { Self.isSame($0.key, key) }?.value }
        set {
            let index = members.lastIndex { Self.isSame($0.key, key) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((key, value))
            case (nil, nil): break
            }
        }
    }

    /// Equal where the same keys have equal values in the same order.
    public static func == (left: TemplateObject, right: TemplateObject) -> Bool {
        left.members.count == right.members.count
            && zip(left.members, right.members).allSatisfy {
                isSame($0.key, $1.key) && $0.value == $1.value
            }
    }

    /// Swift takes canonically equivalent strings for equal; JSON and Python do not.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}

extension TemplateValue {
    /// The same value as JSON has it.
    package init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = Self.written(value)
        case .string(let value): self = .string(value)
        case .array(let elements): self = .array(elements.map { TemplateValue($0) })
        case .object(let object): self = .object(TemplateObject(object))
        }
    }
}

extension TemplateValue {
    /// A number of JSON, which cannot say any more how it was written.
    ///
    /// `JSONValue` keeps whole numbers beyond 64 bits as doubles. People write those in digits, and
    /// far larger ones with an exponent.
    private static func written(_ value: Double) -> TemplateValue {
        guard value.magnitude >= 0x1p63, value.magnitude < 1e22 else { return .number(value) }
        return .largeInteger(PythonFloat.fixed(value, digits: 0))
    }
}

extension TemplateObject {
    /// The same object as JSON has it.
    package init(_ json: JSONObject) {
        self.init(json.members.map { ($0.key, TemplateValue($0.value)) })
    }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list.
    public init(arrayLiteral elements: TemplateValue...) { self = .array(elements) }
    /// Values by key, in the order written.
    public init(dictionaryLiteral elements: (String, TemplateValue)...) {
        self = .object(TemplateObject(elements.map { (key: $0.0, value: $0.1) }))
    }
    /// Python's None.
    public init(nilLiteral: ()) { self = .null }
}

extension TemplateObject: ExpressibleByDictionaryLiteral {
    /// Values by key, in the order written.
    public init(dictionaryLiteral elements: (String, TemplateValue)...) {
        self.init(elements.map { (key: $0.0, value: $0.1) })
    }
}

extension Interpreter {
    /// A value from outside as templates see it.
    func value(of value: TemplateValue) throws -> Value {
        switch value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .int(value)
        case .largeInteger(let digits): return .largeInteger(Text(digits))
        case .number(let value): return .float(value)
        case .string(let value):
            try budget.allocate(value.utf8.count)
            return .string(Text(value))
        case .array(let elements):
            try budget.enter()
            defer { budget.leave() }
            return .list(
                try SequenceObject(try elements.map { try self.value(of: $0) }, budget)
            )
        case .object(let object):
            try budget.enter()
            defer { budget.leave() }
            let dictionary = DictionaryObject()
            for (key, value) in object.members {
                try dictionary.set(try self.value(of: value), for: .string(key), budget)
            }
            return .dictionary(dictionary)
        }
    }
}
