extension JSONValue {
    /// The JSON text of this value: no blanks, keys in their order, characters as they are.
    ///
    /// A number is written with the fewest digits that read back to the same `Double`; one that is
    /// not finite as null, for JSON has no word for it.
    package var text: String {
        var text = ""
        write(to: &text, indentation: nil)
        return text
    }

    /// The JSON text over several lines, two blanks a level, with a newline at its end.
    package var indentedText: String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    private func write(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            Self.writeList(elements, "[", "]", to: &text, indentation) {
                $0.write(to: &$1, indentation: $2)
            }
        case .object(let object):
            Self.writeList(object.members, "{", "}", to: &text, indentation) {
                Self.write($0.key, to: &$1)
                $1 += indentation == nil ? ":" : ": "
                $0.value.write(to: &$1, indentation: $2)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element],
        _ opening: String,
        _ closing: String,
        to text: inout String,
        _ indentation: Int?,
        writeElement: (Element, inout String, Int?) -> Void
    ) {
        text += opening
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let indentation {
                text += "\n" + String(repeating: " ", count: indentation + 2)
            }
            writeElement(element, &text, indentation.map { $0 + 2 })
        }
        if let indentation, !elements.isEmpty {
            text += "\n" + String(repeating: " ", count: indentation)
        }
        text += closing
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
