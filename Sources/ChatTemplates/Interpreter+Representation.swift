extension Interpreter {
    /// Python's `str(value)`.
    func string(of value: Value) throws -> Text {
        switch value {
        case .string(let text): return text
        case .undefined: return ""
        default: break
        }
        var builder = TextBuilder(budget)
        try represent(value, &builder)
        return try builder.text()
    }

    /// Python's `repr(value)`.
    func representation(of value: Value) throws -> Text {
        var builder = TextBuilder(budget)
        try represent(value, &builder)
        return try builder.text()
    }

    private func represent(_ value: Value, _ builder: inout TextBuilder) throws {
        try budget.step()
        switch value {
        case .undefined: try builder.append("Undefined")
        case .null: try builder.append("None")
        case .bool(let value): try builder.append(value ? "True" : "False")
        case .int(let value): try builder.append(String(value))
        case .largeInteger(let digits): try builder.append(digits)
        case .float(let value): try builder.append(PythonFloat.representation(value))
        case .string(let text):
            if text.isMarkup { try builder.append("Markup(") }
            try represent(text, &builder)
            if text.isMarkup { try builder.append(")") }
        case .list(let object): try represent(object.elements, "[", "]", &builder)
        case .tuple(let object):
            try represent(object.elements, "(", object.elements.count == 1 ? ",)" : ")", &builder)
        case .dictionary(let object): try represent(object, &builder)
        case .view(let view):
            try builder.append("dict_\(view.kind.rawValue)(")
            try represent(try view.elements(budget), "[", "]", &builder)
            try builder.append(")")
        case .range(let range):
            try builder.append("range(\(range.start), \(range.stop)")
            try builder.append(range.step == 1 ? ")" : ", \(range.step))")
        case .namespace(let namespace):
            try represent(namespace, &builder)
        case .macro(let macro):
            try builder.append("<Macro \(macro.definition.name.map { "'\($0)'" } ?? "anonymous")>")
        case .loop(let loop):
            let count = try loop.attribute("length", self)?.index ?? 0
            try builder.append("<LoopContext \(loop.index0 + 1)/\(count)>")
        default:
            // Python prints an address here, so no template can mean it.
            try builder.append("<\(value.typeName) object>")
        }
    }

    private func represent(
        _ elements: [Value],
        _ opening: String,
        _ closing: String,
        _ builder: inout TextBuilder
    ) throws {
        try budget.enter()
        defer { budget.leave() }
        try builder.append(opening)
        for (index, element) in elements.enumerated() {
            if index > 0 { try builder.append(", ") }
            try represent(element, &builder)
        }
        try builder.append(closing)
    }

    private func represent(_ namespace: NamespaceObject, _ builder: inout TextBuilder) throws {
        try builder.append("<Namespace ")
        if namespace.isBeingRepresented {
            // It holds itself.
            try builder.append("{...}")
        } else {
            namespace.isBeingRepresented = true
            defer { namespace.isBeingRepresented = false }
            try represent(namespace.attributes, &builder)
        }
        try builder.append(">")
    }

    private func represent(_ object: DictionaryObject, _ builder: inout TextBuilder) throws {
        try budget.enter()
        defer { budget.leave() }
        try builder.append("{")
        for (index, entry) in object.entries.enumerated() {
            if index > 0 { try builder.append(", ") }
            try represent(entry.key, &builder)
            try builder.append(": ")
            try represent(entry.value, &builder)
        }
        try builder.append("}")
    }

    private func represent(_ text: Text, _ builder: inout TextBuilder) throws {
        let hasSingle = text.bytes.contains(UInt8(ascii: "'"))
        let quote: Unicode.Scalar =
            hasSingle && !text.bytes.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        try builder.append(quote)
        for scalar in text.string.unicodeScalars {
            switch scalar {
            case quote, "\\": try builder.append("\\\(scalar)")
            case "\n": try builder.append("\\n")
            case "\r": try builder.append("\\r")
            case "\t": try builder.append("\\t")
            case _ where scalar.isPrintable: try builder.append(scalar)
            case _ where scalar.value < 0x100:
                try builder.append("\\x\(scalar.hexadecimal(digits: 2))")
            case _ where scalar.value < 0x10000:
                try builder.append("\\u\(scalar.hexadecimal(digits: 4))")
            default: try builder.append("\\U\(scalar.hexadecimal(digits: 8))")
            }
        }
        try builder.append(quote)
    }
}

extension Unicode.Scalar {
    /// Whether Python's `str.isprintable` holds.
    var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        case .spaceSeparator: self == " "
        default: true
        }
    }

    /// The value in lower-case hexadecimal with leading zeros.
    func hexadecimal(digits: Int) -> String { UInt64(value).hexadecimal(digits: digits) }
}

extension UInt64 {
    /// The value in lower-case hexadecimal with leading zeros.
    func hexadecimal(digits: Int) -> String {
        let text = String(self, radix: 16)
        return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
    }
}
