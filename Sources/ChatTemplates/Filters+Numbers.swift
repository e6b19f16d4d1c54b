extension Filters {
    @Sendable static func standard(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "default", ["default_value", "boolean"])
        let standard = values[0] ?? .string("")
        if value.isUndefined { return standard }
        if try values[1]?.isTrue() ?? false, try !value.isTrue() { return standard }
        return value
    }

    @Sendable static func attribute(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let name = try interpreter.text(
            try arguments.bound(to: "attr", ["name"], required: 1)[0],
            "attr"
        )
        if case .undefined(let undefined) = value { throw undefined.failure }
        return try interpreter.pythonAttribute(name, of: value)
            ?? Undefined.attribute(name, of: value)
    }

    @Sendable static func absolute(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "abs")
        switch try Number(value, for: "abs()") {
        case .int(let value):
            return value < 0 ? try interpreter.negated(.int(value)) : .int(value)
        case .float(let value): return .float(value.magnitude)
        }
    }

    @Sendable static func integer(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "int", ["default", "base"])
        let standard = values[0] ?? .int(0)
        let base = try interpreter.integer(values[1], or: 10)
        func truncated(_ value: Double) throws -> Value {
            guard let integer = Int(exactly: value.rounded(.towardZero)) else {
                throw Failure.limit("an integer does not fit 64 bits")
            }
            return .int(integer)
        }
        switch value {
        case .undefined(let undefined): throw undefined.failure
        case .bool(let value): return .int(value ? 1 : 0)
        case .int, .largeInteger: return value
        case .float(let value):
            if value.isNaN { return standard }
            if value.isInfinite {
                throw Failure.runtime("cannot convert float infinity to integer")
            }
            return try truncated(value)
        case .string(let text):
            try interpreter.budget.walk(text)
            if let integer = try PythonInteger.parse(text, base: base) { return .int(integer) }
            guard let value = PythonFloat.parse(text), value.isFinite else { return standard }
            return try truncated(value)
        default: return standard
        }
    }

    @Sendable static func float(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "float", ["default"])
        if case .undefined(let undefined) = value { throw undefined.failure }
        if let number = Number(value) { return .float(number.double) }
        if let text = value.text { try interpreter.budget.walk(text) }
        return value.text.flatMap(PythonFloat.parse).map { .float($0) } ?? values[0] ?? .float(0)
    }

    @Sendable static func round(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "round", ["precision", "method"])
        let precision = try interpreter.integer(values[0], or: 0)
        let method = try values[1].map { try interpreter.text($0, "round").string } ?? "common"
        let number = try Number(value, for: "round()")
        try interpreter.budget.allocate(1024)
        if method == "common" {
            switch number {
            case .float(let value):
                return .float(try PythonFloat.rounded(value, digits: precision))
            case .int(let value):
                guard precision < 0 else { return .int(value) }
                let rounded = try PythonFloat.rounded(Double(value), digits: precision)
                return Int(exactly: rounded).map { .int($0) } ?? .int(value)
            }
        }
        guard method == "ceil" || method == "floor" else {
            throw Failure.runtime("method must be common, ceil or floor")
        }
        let scale = try Number.compute(.power, .int(10), .int(precision))
        let scaled = try Number.compute(.multiply, number, scale).double
        let whole = scaled.rounded(method == "ceil" ? .up : .down)
        return try Number.compute(.divide, .float(whole), scale).value
    }

    @Sendable static func fileSize(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "filesizeformat", ["binary"])
        let isBinary = try values[0]?.isTrue() ?? false
        if let text = value.text { try interpreter.budget.walk(text) }
        let number = Number(value)?.double ?? value.text.flatMap(PythonFloat.parse)
        guard let size = number else {
            throw Failure.runtime("could not convert \(value.typeName) to float")
        }
        let base: Double = isBinary ? 1024 : 1000
        if size == 1 { return .string("1 Byte") }
        if size < base {
            guard let whole = Int(exactly: size.rounded(.towardZero)) else {
                throw Failure.runtime("cannot convert float to integer")
            }
            return .string("\(whole) Bytes")
        }
        let prefixes =
            isBinary
            ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
        var unit = base * base
        for prefix in prefixes.dropLast() {
            if size < unit {
                return .string("\(PythonFloat.fixed(base * size / unit, digits: 1)) \(prefix)")
            }
            unit *= base
        }
        let last = PythonFloat.fixed(base * size / unit, digits: 1)
        return .string("\(last) \(prefixes[prefixes.count - 1])")
    }

    /// Python's `pprint` for what fits one line; it sorts the keys of dicts.
    @Sendable static func prettyPrint(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "pprint")
        let shown = try interpreter.representation(of: try sortingKeys(interpreter, value))
        guard shown.count <= 80 else {
            throw Failure.runtime("pprint of more than 80 characters is not supported")
        }
        return .string(shown)
    }

    private static func sortingKeys(_ interpreter: Interpreter, _ value: Value) throws -> Value {
        let budget = interpreter.budget
        try budget.enter()
        defer { budget.leave() }
        switch value {
        case .list(let object):
            return .list(
                try SequenceObject(
                    try object.elements.map { try sortingKeys(interpreter, $0) },
                    budget
                )
            )
        case .tuple(let object):
            return .tuple(
                try SequenceObject(
                    try object.elements.map { try sortingKeys(interpreter, $0) },
                    budget
                )
            )
        case .dictionary(let object):
            let entries = try interpreter.sorted(object.entries, by: \.key).map {
                (key: $0.key, value: try sortingKeys(interpreter, $0.value))
            }
            return .dictionary(try DictionaryObject(entries, budget))
        default: return value
        }
    }
}
