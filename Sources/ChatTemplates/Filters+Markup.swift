extension Interpreter {
    /// The text with HTML's special characters written as entities, unless it is markup already.
    func escaped(_ text: Text) throws -> Text {
        if text.isMarkup { return text }
        var builder = TextBuilder(budget)
        for byte in text.bytes {
            switch byte {
            case UInt8(ascii: "&"): try builder.append("&amp;")
            case UInt8(ascii: "<"): try builder.append("&lt;")
            case UInt8(ascii: ">"): try builder.append("&gt;")
            case UInt8(ascii: "'"): try builder.append("&#39;")
            case UInt8(ascii: "\""): try builder.append("&#34;")
            default: try builder.append([byte])
            }
        }
        return try builder.text(isMarkup: true)
    }
}

extension Filters {
    @Sendable static func escape(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "escape")
        return .string(try interpreter.escaped(try interpreter.string(of: value)))
    }

    @Sendable static func forceEscape(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "forceescape")
        return .string(try interpreter.escaped(try interpreter.string(of: value).plain))
    }

    @Sendable static func safe(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "safe")
        return .string(try interpreter.string(of: value).marked(true))
    }

    /// Without comments and tags, with runs of blanks as one blank, and common entities resolved.
    @Sendable static func stripTags(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "striptags")
        let budget = interpreter.budget
        var text = try interpreter.string(of: value).plain
        for (opening, closing) in [("<!--", "-->"), ("<", ">")] as [(Text, Text)] {
            var builder = TextBuilder(budget)
            var start = 0
            while let open = try text.firstOffset(of: opening, from: start, budget),
                let close = try text.firstOffset(
                    of: closing,
                    from: open + opening.bytes.count,
                    budget
                )
            {
                try builder.append(text.bytes[start..<open])
                start = close + closing.bytes.count
            }
            try builder.append(text.bytes[start...])
            text = try builder.text()
        }
        let words = try text.splitAtBlanks(limit: -1, fromRight: false, budget)
        var builder = TextBuilder(budget)
        for (index, word) in words.enumerated() {
            if index > 0 { try builder.append(" ") }
            try builder.append(word)
        }
        var result = try builder.text()
        let entities: [(Text, Text)] = [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"),
            ("&amp;", "&"),
        ]
        for (entity, character) in entities {
            result = try result.replacing(entity, with: character, limit: -1, budget)
        }
        return .string(result)
    }

    @Sendable static func xmlAttributes(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "xmlattr", ["autospace"])
        guard case .dictionary(let dictionary) = value else {
            throw Failure.runtime("'\(value.typeName)' object has no attribute 'items'")
        }
        var builder = TextBuilder(interpreter.budget)
        let spaced = try values[0]?.isTrue() ?? true
        for (key, value) in dictionary.entries {
            switch value {
            case .null, .undefined: continue
            default: break
            }
            let name = try interpreter.text(key, "xmlattr")
            guard
                !name.bytes.contains(where: { $0 <= 0x20 || $0 == 0x2F || $0 == 0x3D || $0 == 0x3E }
                )
            else {
                throw Failure.runtime("Invalid character in attribute name: '\(name.string)'")
            }
            if spaced || !builder.bytes.isEmpty { try builder.append(" ") }
            try builder.append(try interpreter.escaped(name))
            try builder.append("=\"")
            try builder.append(try interpreter.escaped(try interpreter.string(of: value)))
            try builder.append("\"")
        }
        return .string(try builder.text())
    }

    @Sendable static func urlEncode(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "urlencode")
        var builder = TextBuilder(interpreter.budget)
        func quote(_ value: Value, isQuery: Bool) throws {
            for byte in try interpreter.string(of: value).bytes {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: "-"), UInt8(ascii: "~"):
                    try builder.append([byte])
                case UInt8(ascii: "/") where !isQuery: try builder.append("/")
                case UInt8(ascii: " ") where isQuery: try builder.append("+")
                default:
                    let digits = UInt64(byte).hexadecimal(digits: 2).uppercased()
                    try builder.append("%\(digits)")
                }
            }
        }
        let pairs: [Value]
        switch value {
        case .dictionary(let object):
            pairs = try DictionaryView(kind: .items, dictionary: object)
                .elements(interpreter.budget)
        case .list, .tuple, .view, .generator, .undefined, .range:
            pairs = try interpreter.elements(of: value)
        default:
            try quote(value, isQuery: false)
            return .string(try builder.text())
        }
        for (index, pair) in pairs.enumerated() {
            let pair = try interpreter.elements(of: pair)
            guard pair.count == 2 else { throw Failure.runtime("pairs of name and value expected") }
            if index > 0 { try builder.append("&") }
            try quote(pair[0], isQuery: true)
            try builder.append("=")
            try quote(pair[1], isQuery: true)
        }
        return .string(try builder.text())
    }
}
