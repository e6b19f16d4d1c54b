/// The tests that stand behind `is`.
enum Tests {
    typealias Test = @Sendable (Interpreter, Value, Arguments) throws -> Bool

    static func named(_ name: String) -> Test? { table[name] }

    private static let table: [String: Test] = comparisons.merging(others) { $1 }

    private static let comparisons: [String: Test] = {
        let names: [(ComparisonNode.Operator, [String])] = [
            (.equal, ["==", "eq", "equalto"]), (.notEqual, ["!=", "ne"]),
            (.greater, [">", "gt", "greaterthan"]), (.greaterOrEqual, [">=", "ge"]),
            (.less, ["<", "lt", "lessthan"]), (.lessOrEqual, ["<=", "le"]), (.in, ["in"]),
        ]
        var table: [String: Test] = [:]
        for (comparison, names) in names {
            for name in names {
                table[name] = { interpreter, value, arguments in
                    let other = try operand(arguments, name)
                    return try interpreter.compare(comparison, value, other)
                }
            }
        }
        return table
    }()

    private static let others: [String: Test] = [
        "defined": plain { !$0.isUndefined },
        "undefined": plain { $0.isUndefined },
        "none": plain { if case .null = $0 { true } else { false } },
        "boolean": plain { if case .bool = $0 { true } else { false } },
        "true": plain { if case .bool(true) = $0 { true } else { false } },
        "false": plain { if case .bool(false) = $0 { true } else { false } },
        "integer": plain(isInteger),
        "float": plain { if case .float = $0 { true } else { false } },
        "number": plain { Number($0) != nil || isInteger($0) },
        "string": plain { $0.text != nil },
        "mapping": plain { if case .dictionary = $0 { true } else { false } },
        "sequence": plain(isSequence),
        "iterable": plain(isIterable),
        "callable": plain(isCallable),
        "escaped": plain { $0.text?.isMarkup ?? false },
        "lower": { interpreter, value, arguments in
            try arguments.expectNone(by: "lower")
            let text = try interpreter.string(of: value)
            try interpreter.budget.walk(text)
            return text.isLowercase
        },
        "upper": { interpreter, value, arguments in
            try arguments.expectNone(by: "upper")
            let text = try interpreter.string(of: value)
            try interpreter.budget.walk(text)
            return text.isUppercase
        },
        "odd": { interpreter, value, arguments in
            try arguments.expectNone(by: "odd")
            let rest = try interpreter.arithmetic(.modulo, value, .int(2))
            return try interpreter.areEqual(rest, .int(1))
        },
        "even": { interpreter, value, arguments in
            try arguments.expectNone(by: "even")
            let rest = try interpreter.arithmetic(.modulo, value, .int(2))
            return try interpreter.areEqual(rest, .int(0))
        },
        "divisibleby": { interpreter, value, arguments in
            let number = try operand(arguments, "divisibleby")
            let rest = try interpreter.arithmetic(.modulo, value, number)
            return try interpreter.areEqual(rest, .int(0))
        },
        "sameas": { interpreter, value, arguments in
            interpreter.areIdentical(value, try operand(arguments, "sameas"))
        },
        "filter": { _, value, arguments in
            try arguments.expectNone(by: "filter")
            return value.text.map { Filters.named($0.string) != nil } ?? false
        },
        "test": { _, value, arguments in
            try arguments.expectNone(by: "test")
            return value.text.map { Tests.named($0.string) != nil } ?? false
        },
    ]

    private static func operand(_ arguments: Arguments, _ name: String) throws -> Value {
        try arguments.bound(to: name, ["other"], required: 1)[0] ?? .null
    }

    private static func plain(_ holds: @escaping @Sendable (Value) -> Bool) -> Test {
        { _, value, arguments in
            try arguments.expectNone(by: "test")
            return holds(value)
        }
    }

    @Sendable private static func isInteger(_ value: Value) -> Bool {
        switch value {
        case .int, .largeInteger: true
        default: false
        }
    }

    @Sendable private static func isSequence(_ value: Value) -> Bool {
        switch value {
        case .undefined, .string, .list, .tuple, .dictionary, .range: true
        default: false
        }
    }

    @Sendable private static func isIterable(_ value: Value) -> Bool {
        switch value {
        case .undefined, .string, .list, .tuple, .dictionary, .range, .view, .generator, .loop:
            true
        default: false
        }
    }

    @Sendable private static func isCallable(_ value: Value) -> Bool {
        switch value {
        case .undefined, .macro, .loop, .joiner, .block, .method: true
        case .function(let function): function != .template
        default: false
        }
    }
}
