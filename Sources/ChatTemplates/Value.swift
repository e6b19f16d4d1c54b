/// A value while a template is rendered, with the types that Python would have.
enum Value {
    case undefined(Undefined)
    case null
    case bool(Bool)
    case int(Int)
    /// An integer beyond 64 bits: its digits. It can be passed on and printed, not computed with.
    case largeInteger(Text)
    case float(Double)
    case string(Text)
    case list(SequenceObject)
    case tuple(SequenceObject)
    case dictionary(DictionaryObject)
    case range(RangeObject)
    /// What `dict.keys()`, `.values()` and `.items()` give.
    case view(DictionaryView)
    case generator(GeneratorObject)
    case namespace(NamespaceObject)
    case macro(MacroObject)
    case loop(LoopObject)
    case cycler(CyclerObject)
    case joiner(JoinerObject)
    case block(BlockReference)
    case function(GlobalFunction)
    case method(MethodObject)

    /// Levels of values inside this one.
    ///
    /// Deep ones would end in deep recursion.
    var depth: Int {
        switch self {
        case .list(let object), .tuple(let object): object.depth
        case .dictionary(let object): object.depth
        case .view(let view): view.dictionary.depth + 1
        case .generator(let object): object.depth
        case .loop(let object): object.depth
        case .cycler(let object): object.depth
        case .method(let object): object.depth
        default: 0
        }
    }

    /// Python's name of the type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .null: "NoneType"
        case .bool: "bool"
        case .int, .largeInteger: "int"
        case .float: "float"
        case .string(let text): text.isMarkup ? "Markup" : "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .range: "range"
        case .view(let view): "dict_\(view.kind.rawValue)"
        case .generator: "generator"
        case .namespace: "TemplateNamespace"
        case .macro: "Macro"
        case .loop: "LoopContext"
        case .cycler: "Cycler"
        case .joiner: "Joiner"
        case .block: "BlockReference"
        case .function: "function"
        case .method: "builtin_function_or_method"
        }
    }

    /// The value with Python's truth.
    func isTrue() throws -> Bool {
        switch self {
        case .undefined, .null: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let object), .tuple(let object): !object.elements.isEmpty
        case .dictionary(let object): !object.entries.isEmpty
        case .range(let object): object.count > 0
        case .view(let view): !view.dictionary.entries.isEmpty
        case .loop(let loop): loop.knownCount.map { $0 > 0 } ?? true
        default: true
        }
    }

    /// The integer, where Python's `operator.index` gives one.
    var index: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var text: Text? { if case .string(let text) = self { text } else { nil } }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    static func string(_ string: String) -> Value { .string(Text(string)) }
}

/// Something that is not there.
///
/// Printing it gives nothing; using it fails with its story.
final class Undefined {
    private enum Story {
        case message(String)
        case variable(String)
        case attribute(Text, typeName: String)
        case element(String, typeName: String)
    }

    private let story: Story

    private init(_ story: Story) { self.story = story }

    static func message(_ text: String) -> Value { .undefined(Undefined(.message(text))) }

    static func variable(_ name: String) -> Value { .undefined(Undefined(.variable(name))) }

    static func attribute(_ name: Text, of value: Value) -> Value {
        .undefined(Undefined(.attribute(name, typeName: value.typeName)))
    }

    static func element(_ key: Value, of value: Value) -> Value {
        let words: String
        switch key {
        case .int(let index): words = String(index)
        default: words = key.typeName
        }
        return .undefined(Undefined(.element(words, typeName: value.typeName)))
    }

    /// An attribute that the sandbox hides.
    static func unsafe(_ name: Text, of value: Value) -> Value {
        message("access to attribute '\(name.string)' of '\(value.typeName)' object is unsafe.")
    }

    /// What a use of it fails with.
    var failure: Failure {
        func object(_ typeName: String) -> String {
            typeName == "NoneType" ? "None" : "\(typeName) object"
        }
        return switch story {
        case .message(let text): .runtime(text)
        case .variable(let name): .runtime("'\(name)' is undefined")
        case .attribute(let name, let typeName):
            .runtime("'\(object(typeName))' has no attribute '\(name.string)'")
        case .element(let key, let typeName):
            .runtime("\(object(typeName)) has no element \(key)")
        }
    }
}
