/// Python's `str.format`, whose fields go through the sandbox.
struct BraceFormat {
    private let interpreter: Interpreter
    private let arguments: Arguments
    /// For `format_map`: where names are looked up.
    private let mapping: Value?

    init(_ interpreter: Interpreter, _ arguments: Arguments, mapping: Value? = nil) {
        self.interpreter = interpreter
        self.arguments = arguments
        self.mapping = mapping
    }

    func format(_ text: Text) throws -> Text {
        try interpreter.budget.walk(text)
        var nextIndex = 0
        var isManual: Bool?
        let shown = try format(text.scalars, depth: 2, &nextIndex, &isManual)
        return Text(shown.bytes, isMarkup: text.isMarkup)
    }

    private func format(
        _ source: [Unicode.Scalar],
        depth: Int,
        _ nextIndex: inout Int,
        _ isManual: inout Bool?
    ) throws -> Text {
        guard depth >= 0 else { throw Failure.runtime("Max string recursion exceeded") }
        var builder = TextBuilder(interpreter.budget)
        var index = 0
        while index < source.count {
            let scalar = source[index]
            index += 1
            guard scalar == "{" || scalar == "}" else {
                try builder.append(scalar)
                continue
            }
            if index < source.count, source[index] == scalar {
                try builder.append(scalar)
                index += 1
                continue
            }
            guard scalar == "{" else {
                throw Failure.runtime("Single '}' encountered in format string")
            }
            let end = try Self.endOfField(source, from: index)
            let field = Array(source[index..<end])
            try builder.append(try value(of: field, depth: depth, &nextIndex, &isManual))
            index = end + 1
        }
        return try builder.text()
    }

    private static func endOfField(_ source: [Unicode.Scalar], from start: Int) throws -> Int {
        var open = 1
        for index in start..<source.count {
            if source[index] == "{" { open += 1 }
            if source[index] == "}" { open -= 1 }
            if open == 0 { return index }
        }
        throw Failure.runtime("expected '}' before end of string")
    }

    private func value(
        of field: [Unicode.Scalar],
        depth: Int,
        _ nextIndex: inout Int,
        _ isManual: inout Bool?
    ) throws -> Text {
        let colon = field.firstIndex(of: ":") ?? field.count
        var head = field[..<colon]
        var conversion: Unicode.Scalar?
        if let mark = head.firstIndex(of: "!") {
            guard mark + 2 == head.count else {
                throw Failure.runtime("expected ':' after conversion specifier")
            }
            conversion = head[mark + 1]
            head = head[..<mark]
        }
        let value = try lookUp(Array(head), &nextIndex, &isManual)
        let specification = try format(
            Array(field.dropFirst(colon + 1)),
            depth: depth - 1,
            &nextIndex,
            &isManual
        )
        let shown: Value
        switch conversion {
        case nil: shown = value
        case "s": shown = .string(try interpreter.string(of: value).plain)
        case "r": shown = .string(try interpreter.representation(of: value))
        default: throw Failure.runtime("Unknown conversion specifier")
        }
        if case .undefined = shown, !specification.isEmpty {
            throw Failure.runtime("unsupported format string passed to Undefined.__format__")
        }
        return try FormatSpecification(specification.scalars).format(shown, interpreter)
    }

    private func lookUp(
        _ path: [Unicode.Scalar],
        _ nextIndex: inout Int,
        _ isManual: inout Bool?
    ) throws -> Value {
        let end = path.firstIndex { $0 == "." || $0 == "[" } ?? path.count
        let first = Text(path[..<end])
        var value: Value
        if first.isEmpty || first.bytes.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard isManual != first.isEmpty else {
                throw Failure.runtime(
                    "cannot switch between manual field specification and automatic numbering"
                )
            }
            isManual = !first.isEmpty
            let index = first.isEmpty ? nextIndex : Int(first.string) ?? Int.max
            nextIndex += 1
            guard mapping == nil, arguments.positional.indices.contains(index) else {
                throw Failure.runtime(
                    "Replacement index \(index) out of range for positional args tuple"
                )
            }
            value = arguments.positional[index]
        } else if let mapping {
            value = try interpreter.item(.string(first), of: mapping)
        } else {
            guard let keyword = arguments.keyword(first.string) else {
                throw Failure.runtime("'\(first.string)'")
            }
            value = keyword
        }
        var index = end
        while index < path.count {
            if path[index] == "." {
                let next =
                    path[(index + 1)...].firstIndex { $0 == "." || $0 == "[" } ?? path.count
                value = try interpreter.attribute(Text(path[(index + 1)..<next]), of: value)
                index = next
            } else {
                guard path[index] == "[", let close = path[index...].firstIndex(of: "]") else {
                    throw Failure.runtime("Missing ']' in format string")
                }
                let key = Text(path[(index + 1)..<close])
                let isNumber = !key.isEmpty && key.bytes.allSatisfy { (0x30...0x39).contains($0) }
                let number = isNumber ? Int(key.string) : nil
                value = try interpreter.item(
                    number.map { .int($0) } ?? .string(key),
                    of: value
                )
                index = close + 1
            }
        }
        return value
    }
}
