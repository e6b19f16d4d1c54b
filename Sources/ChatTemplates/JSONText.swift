/// Writes values as Python's `json.dumps` does.
struct JSONText {
    var ensuresASCII = false
    var sortsKeys = false
    /// What a level is indented by, or nil for one line.
    var indentation: Text?
    var itemSeparator: Text
    var keySeparator: Text

    private let interpreter: Interpreter

    init(_ interpreter: Interpreter, indentation: Text?) {
        self.interpreter = interpreter
        self.indentation = indentation
        itemSeparator = indentation == nil ? ", " : ","
        keySeparator = ": "
    }

    func text(of value: Value) throws -> Text {
        var builder = TextBuilder(interpreter.budget)
        try write(value, level: 0, &builder)
        return try builder.text()
    }

    private func write(_ value: Value, level: Int, _ builder: inout TextBuilder) throws {
        try interpreter.budget.step()
        switch value {
        case .null: try builder.append("null")
        case .bool(let value): try builder.append(value ? "true" : "false")
        case .int(let value): try builder.append(String(value))
        case .largeInteger(let digits): try builder.append(digits)
        case .float(let value): try builder.append(Self.number(value))
        case .string(let text): try write(text, &builder)
        case .list(let object), .tuple(let object):
            try writeAll(object.elements, "[", "]", level, &builder) { element, builder in
                try write(element, level: level + 1, &builder)
            }
        case .dictionary(let object): try write(object, level, &builder)
        default:
            throw Failure.runtime("Object of type \(value.typeName) is not JSON serializable")
        }
    }

    private func write(
        _ object: DictionaryObject,
        _ level: Int,
        _ builder: inout TextBuilder
    ) throws {
        var entries = object.entries
        if sortsKeys { entries = try interpreter.sorted(entries, by: \.key) }
        try writeAll(entries, "{", "}", level, &builder) { entry, builder in
            try write(try key(entry.key), &builder)
            try builder.append(keySeparator)
            try write(entry.value, level: level + 1, &builder)
        }
    }

    private func writeAll<Element>(
        _ elements: [Element],
        _ opening: String,
        _ closing: String,
        _ level: Int,
        _ builder: inout TextBuilder,
        _ write: (Element, inout TextBuilder) throws -> Void
    ) throws {
        try interpreter.budget.enter()
        defer { interpreter.budget.leave() }
        try builder.append(opening)
        for (index, element) in elements.enumerated() {
            if index > 0 { try builder.append(itemSeparator) }
            try startLine(level + 1, &builder)
            try write(element, &builder)
        }
        if !elements.isEmpty { try startLine(level, &builder) }
        try builder.append(closing)
    }

    private func startLine(_ level: Int, _ builder: inout TextBuilder) throws {
        guard let indentation else { return }
        try builder.append("\n")
        try builder.append(indentation, times: level)
    }

    private func key(_ value: Value) throws -> Text {
        switch value {
        case .string(let text): text
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): Text(String(value))
        case .largeInteger(let digits): digits
        case .float(let value): Text(Self.number(value))
        default:
            throw Failure.runtime(
                "keys must be str, int, float, bool or None, not \(value.typeName)"
            )
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return PythonFloat.representation(value)
    }

    private func write(_ text: Text, _ builder: inout TextBuilder) throws {
        try builder.append("\"")
        var start = 0
        let bytes = text.bytes
        // Runs of characters that stay as they are go out in one piece.
        for (offset, byte) in bytes.enumerated() {
            guard
                byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
                    || (ensuresASCII && byte >= 0x7F)
            else { continue }
            try builder.append(bytes[start..<offset])
            start = offset + 1
            switch byte {
            case UInt8(ascii: "\""): try builder.append("\\\"")
            case UInt8(ascii: "\\"): try builder.append("\\\\")
            case 0x08: try builder.append("\\b")
            case 0x09: try builder.append("\\t")
            case 0x0A: try builder.append("\\n")
            case 0x0C: try builder.append("\\f")
            case 0x0D: try builder.append("\\r")
            case 0x80..<0xC0: break
            default:
                for unit in String(text.scalar(at: offset).scalar).utf16 {
                    try builder.append("\\u\(UInt64(unit).hexadecimal(digits: 4))")
                }
            }
        }
        try builder.append(bytes[start...])
        try builder.append("\"")
    }
}
