/// The methods of Python's own types that templates may call, by type.
enum Methods {
    private static let dictionary: Set<String> = [
        "keys", "values", "items", "get", "copy", "fromkeys",
    ]
    private static let list: Set<String> = ["index", "count", "copy"]
    private static let tuple: Set<String> = ["index", "count"]
    private static let integer: Set<String> = [
        "bit_length", "bit_count", "conjugate", "as_integer_ratio", "is_integer",
    ]
    private static let float: Set<String> = ["is_integer", "conjugate", "as_integer_ratio", "hex"]
    private static let string: Set<String> = [
        "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find",
        "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
        "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper",
        "join", "ljust", "lower", "lstrip", "maketrans", "partition", "removeprefix",
        "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip",
        "split", "splitlines", "startswith", "strip", "swapcase", "title", "translate", "upper",
        "zfill",
    ]
    private static let markup: Set<String> = ["unescape", "striptags", "escape"]

    /// Methods that would change the object, which `ImmutableSandboxedEnvironment` refuses.
    private static let changingDictionary: Set<String> = [
        "clear", "pop", "popitem", "setdefault", "update",
    ]
    private static let changingList: Set<String> = [
        "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove",
    ]

    static func exists(_ name: String, on object: Value) -> Bool {
        switch object {
        case .dictionary: dictionary.contains(name)
        case .list: list.contains(name)
        case .tuple, .range: tuple.contains(name)
        case .string(let text):
            string.contains(name) || (text.isMarkup && markup.contains(name))
        case .int, .bool: integer.contains(name) && name != "is_integer"
        case .float: float.contains(name)
        case .view(let view): view.kind != .values && name == "isdisjoint"
        default: false
        }
    }

    static func isForbidden(_ name: String, on object: Value) -> Bool {
        switch object {
        case .dictionary: changingDictionary.contains(name)
        case .list: changingList.contains(name)
        default: false
        }
    }
}

extension Interpreter {
    func call(_ method: MethodObject, _ arguments: Arguments) throws -> Value {
        switch method.receiver {
        case .string(let text): return try call(method.name, on: text, arguments)
        case .dictionary(let object): return try call(method.name, on: object, arguments)
        case .list(let object), .tuple(let object):
            if method.name == "copy" {
                try arguments.expectNone(by: "copy")
                return .list(try SequenceObject(object.elements, budget))
            }
            return try search(method, object.elements, arguments)
        case .range: return try search(method, try elements(of: method.receiver), arguments)
        case .int, .bool, .float: return try callNumberMethod(method, arguments)
        case .loop(let loop):
            guard arguments.keywords.isEmpty else {
                throw Failure.runtime("\(method.name)() got an unexpected keyword argument")
            }
            return method.name == "cycle"
                ? try loop.cycle(arguments.positional)
                : .bool(try loop.changed(arguments.positional, self))
        case .cycler(let cycler):
            try arguments.expectNone(by: method.name)
            let value = cycler.current
            if method.name == "reset" {
                cycler.position = 0
                return .null
            }
            cycler.position = (cycler.position + 1) % cycler.items.elements.count
            return value
        case .view(let view):
            let other = try arguments.bound(to: method.name, ["other"], required: 1)
            for element in try elements(of: other[0] ?? .null)
            where try contains(.view(view), element) {
                return .bool(false)
            }
            return .bool(true)
        case .function: return try makeDictionary(fromKeys: arguments)
        default:
            throw Failure.runtime("'\(method.receiver.typeName)' object is not callable")
        }
    }

    private func call(
        _ name: String,
        on object: DictionaryObject,
        _ arguments: Arguments
    ) throws -> Value {
        switch name {
        case "get":
            let values = try arguments.bound(
                to: name,
                ["key", "default"],
                required: 1,
                positionalOnly: true
            )
            return try object.value(for: values[0] ?? .null, budget) ?? values[1] ?? .null
        case "copy":
            try arguments.expectNone(by: name)
            return .dictionary(try DictionaryObject(object.entries, budget))
        case "fromkeys": return try makeDictionary(fromKeys: arguments)
        default:
            try arguments.expectNone(by: name)
            guard let kind = DictionaryView.Kind(rawValue: name) else { return .null }
            return .view(DictionaryView(kind: kind, dictionary: object))
        }
    }

    private func makeDictionary(fromKeys arguments: Arguments) throws -> Value {
        let values = try arguments.bound(to: "fromkeys", ["iterable", "value"], required: 1)
        let dictionary = DictionaryObject()
        for key in try elements(of: values[0] ?? .null) {
            try dictionary.set(values[1] ?? .null, for: key, budget)
        }
        return .dictionary(dictionary)
    }

    /// `index` and `count` of lists, tuples and ranges.
    private func search(
        _ method: MethodObject,
        _ elements: [Value],
        _ arguments: Arguments
    ) throws -> Value {
        let isCount = method.name == "count"
        let values = try arguments.bound(
            to: method.name,
            isCount ? ["value"] : ["value", "start", "stop"],
            required: 1,
            positionalOnly: true
        )
        let sought = values[0] ?? .null
        try budget.step(elements.count)
        if isCount {
            return .int(try elements.reduce(0) { $0 + (try areEqual($1, sought) ? 1 : 0) })
        }
        let slice = try Slice(
            [values[1] ?? .null, values[2] ?? .null, .null],
            count: elements.count
        )
        for index in slice.indices where try areEqual(elements[index], sought) {
            return .int(index)
        }
        throw Failure.runtime("the value is not in the \(method.receiver.typeName)")
    }

    private func callNumberMethod(_ method: MethodObject, _ arguments: Arguments) throws -> Value {
        try arguments.expectNone(by: method.name)
        switch (method.name, try Number(method.receiver, for: method.name)) {
        case ("bit_length", .int(let value)):
            return .int(Int.bitWidth - value.magnitude.leadingZeroBitCount)
        case ("bit_count", .int(let value)): return .int(value.magnitude.nonzeroBitCount)
        case ("is_integer", .float(let value)):
            return .bool(value.isFinite && value.rounded() == value)
        case ("conjugate", let number): return number.value
        case ("as_integer_ratio", .int(let value)):
            return .tuple(try SequenceObject([.int(value), .int(1)], budget))
        default: throw Failure.runtime("\(method.name) is not supported in chat templates")
        }
    }
}
