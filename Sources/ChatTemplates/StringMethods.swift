extension Interpreter {
    /// A method of Python's `str`.
    func call(_ name: String, on text: Text, _ arguments: Arguments) throws -> Value {
        switch name {
        case "split", "rsplit":
            let values = try arguments.bound(to: name, ["sep", "maxsplit"])
            return try split(text, values, fromRight: name == "rsplit")
        case "splitlines":
            let values = try arguments.bound(to: name, ["keepends"])
            try budget.allocate(text.bytes.count, times: 16)
            return try list(text.lines(keepingEnds: try values[0]?.isTrue() ?? false))
        case "strip", "lstrip", "rstrip":
            return .string(try strip(text, name, arguments))
        case "startswith", "endswith": return .bool(try hasAffix(text, name, arguments))
        case "find", "rfind", "index", "rindex", "count":
            return .int(try search(text, name, arguments))
        case "replace":
            let values = try arguments.bound(
                to: name,
                ["old", "new", "count"],
                required: 2,
                positionalOnly: true
            )
            return .string(
                try text.replacing(
                    try self.text(values[0], name),
                    with: try self.text(values[1], name),
                    limit: try integer(values[2], or: -1),
                    budget
                )
            )
        case "join":
            let values = try arguments.bound(to: name, ["iterable"], required: 1)
            return .string(try joined(try elements(of: values[0] ?? .null), by: text))
        case "partition", "rpartition": return try partition(text, name, arguments)
        case "removeprefix", "removesuffix": return .string(try removeAffix(text, name, arguments))
        case "center", "ljust", "rjust": return .string(try justify(text, name, arguments))
        case "zfill":
            let values = try arguments.bound(to: name, ["width"], required: 1)
            return .string(try zeroFilled(text, width: try integer(values[0], or: 0)))
        case "expandtabs":
            let values = try arguments.bound(to: name, ["tabsize"])
            return .string(try expandTabs(text, size: try integer(values[0], or: 8)))
        case "format": return .string(try BraceFormat(self, arguments).format(text))
        case "format_map":
            let values = try arguments.bound(to: name, ["mapping"], required: 1)
            return .string(
                try BraceFormat(self, Arguments(), mapping: values[0] ?? .null).format(text)
            )
        default:
            try arguments.expectNone(by: name)
            try budget.allocate(text.bytes.count)
            try budget.walk(text)
            return try callSimple(name, on: text)
        }
    }

    /// The methods without arguments.
    private func callSimple(_ name: String, on text: Text) throws -> Value {
        switch name {
        case "lower": return .string(text.lowercased)
        case "upper": return .string(text.uppercased)
        case "capitalize": return .string(text.capitalized)
        case "title": return .string(text.titlecased)
        case "swapcase": return .string(text.caseSwapped)
        case "casefold": return .string(text.caseFolded)
        case "islower": return .bool(text.isLowercase)
        case "isupper": return .bool(text.isUppercase)
        case "istitle": return .bool(text.isTitlecase)
        case "isascii": return .bool(text.isASCII)
        case "unescape", "striptags", "escape", "encode", "maketrans", "translate":
            throw Failure.runtime("str.\(name) is not supported in chat templates")
        case "isidentifier":
            let scalars = text.scalars
            guard let first = scalars.first else { return .bool(false) }
            return .bool(
                (first == "_" || first.properties.isXIDStart)
                    && scalars.allSatisfy(\.properties.isXIDContinue)
            )
        case "isprintable": return .bool(text.scalars.allSatisfy(\.isPrintable))
        default:
            let scalars = text.scalars
            return .bool(
                !scalars.isEmpty && scalars.allSatisfy { Self.belongs($0, to: name) }
            )
        }
    }

    private static func belongs(_ scalar: Unicode.Scalar, to test: String) -> Bool {
        let properties = scalar.properties
        let isLetter =
            switch properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter:
                true
            default: false
            }
        switch test {
        case "isspace": return scalar.isPythonSpace
        case "isalpha": return isLetter
        case "isdecimal": return properties.numericType == .decimal
        case "isdigit":
            return properties.numericType == .decimal || properties.numericType == .digit
        case "isnumeric": return properties.numericType != nil
        default: return isLetter || properties.numericType != nil
        }
    }

    // MARK: Arguments

    func text(_ value: Value?, _ function: String) throws -> Text {
        if case .undefined(let undefined) = value { throw undefined.failure }
        guard let text = value?.text else {
            throw Failure.runtime(
                "\(function)() argument must be str, not \((value ?? .null).typeName)"
            )
        }
        return text
    }

    func integer(_ value: Value?, or standard: Int) throws -> Int {
        guard let value else { return standard }
        if case .undefined(let undefined) = value { throw undefined.failure }
        guard let integer = value.index else {
            throw Failure.runtime(
                "'\(value.typeName)' object cannot be interpreted as an integer"
            )
        }
        return integer
    }

    func list(_ texts: [Text]) throws -> Value {
        try budget.allocateValues(texts.count)
        return .list(try SequenceObject(texts.map { .string($0) }, budget))
    }

    // MARK: The methods

    private func split(_ text: Text, _ values: [Value?], fromRight: Bool) throws -> Value {
        let limit = try integer(values[1], or: -1)
        switch values[0] {
        case nil, .some(.null):
            return try list(try text.splitAtBlanks(limit: limit, fromRight: fromRight, budget))
        case let separator?:
            let separator = try self.text(separator, "split")
            return try list(
                fromRight
                    ? try text.splitFromRight(by: separator, limit: limit, budget)
                    : try text.split(by: separator, limit: limit, budget)
            )
        }
    }

    private func strip(_ text: Text, _ name: String, _ arguments: Arguments) throws -> Text {
        let values = try arguments.bound(to: name, ["chars"], positionalOnly: true)
        let sides: Sides = name == "strip" ? .both : name == "lstrip" ? .left : .right
        try budget.allocate(text.bytes.count)
        if case .some(let characters) = values[0], case .null = characters {
            return text.stripped(sides)
        }
        let characters = try values[0].map { try self.text($0, name) }
        if let characters { try budget.walk(characters) }
        return text.stripped(sides, of: characters)
    }

    /// The bytes of a text between the code points that `start` and `stop` name.
    private func bounds(_ text: Text, _ start: Value?, _ stop: Value?) throws -> (Int, Int)? {
        if start == nil, stop == nil { return (0, text.bytes.count) }
        try budget.scan(text)
        let count = text.count
        let slice = try Slice([start ?? .null, stop ?? .null, .null], count: count)
        if let start = start?.index, start > count { return nil }
        guard slice.start <= slice.stop else { return nil }
        return (text.byteOffset(of: slice.start), text.byteOffset(of: slice.stop))
    }

    private func hasAffix(_ text: Text, _ name: String, _ arguments: Arguments) throws -> Bool {
        let values = try arguments.bound(
            to: name,
            ["affix", "start", "end"],
            required: 1,
            positionalOnly: true
        )
        guard let (start, end) = try bounds(text, values[1], values[2]) else { return false }
        var affixes = [values[0] ?? .null]
        if case .tuple(let object) = affixes[0] { affixes = object.elements }
        let part = start == 0 && end == text.bytes.count ? text : Text(text.bytes[start..<end])
        for affix in affixes {
            guard let affix = affix.text else {
                throw Failure.runtime(
                    "\(name) first arg must be str or a tuple of str, not \(affix.typeName)"
                )
            }
            try budget.scan(affix)
            if name == "startswith" ? part.hasPrefix(affix) : part.hasSuffix(affix) { return true }
        }
        return false
    }

    private func search(_ text: Text, _ name: String, _ arguments: Arguments) throws -> Int {
        let values = try arguments.bound(
            to: name,
            ["sub", "start", "end"],
            required: 1,
            positionalOnly: true
        )
        let sought = try self.text(values[0], name)
        let bounds = try bounds(text, values[1], values[2])
        try budget.scan(text)
        if name == "count" {
            guard let (start, end) = bounds else { return 0 }
            return try text.occurrences(of: sought, from: start, to: end, budget)
        }
        if let (start, end) = bounds,
            let offset = name.hasPrefix("r")
                ? try text.lastOffset(of: sought, from: start, to: end, budget)
                : try text.firstOffset(of: sought, from: start, to: end, budget)
        {
            return text.bytes[..<offset].codePointCount
        }
        if name.hasSuffix("index") { throw Failure.runtime("substring not found") }
        return -1
    }

    /// `separator.join(texts)`.
    private func joined(_ values: [Value], by separator: Text) throws -> Text {
        var builder = TextBuilder(budget)
        for (index, value) in values.enumerated() {
            guard var text = value.text else {
                throw Failure.runtime(
                    "sequence item \(index): expected str instance, \(value.typeName) found"
                )
            }
            if separator.isMarkup { text = try escaped(text) }
            if index > 0 { try builder.append(separator) }
            try builder.append(text)
        }
        return try builder.text(isMarkup: separator.isMarkup)
    }

    private func partition(_ text: Text, _ name: String, _ arguments: Arguments) throws -> Value {
        let values = try arguments.bound(to: name, ["sep"], required: 1, positionalOnly: true)
        let separator = try self.text(values[0], name)
        guard !separator.isEmpty else { throw Failure.runtime("empty separator") }
        try budget.allocate(text.bytes.count)
        let isFirst = name == "partition"
        let offset =
            isFirst
            ? try text.firstOffset(of: separator, from: 0, budget)
            : try text.lastOffset(of: separator, budget)
        let parts: [Text]
        if let offset {
            let end = offset + separator.bytes.count
            parts = [Text(text.bytes[..<offset]), separator, Text(text.bytes[end...])]
        } else {
            parts = isFirst ? [text, "", ""] : ["", "", text]
        }
        return .tuple(
            try SequenceObject(parts.map { .string($0.marked(text.isMarkup)) }, budget)
        )
    }

    private func removeAffix(_ text: Text, _ name: String, _ arguments: Arguments) throws -> Text {
        let values = try arguments.bound(to: name, ["affix"], required: 1, positionalOnly: true)
        let affix = try self.text(values[0], name)
        try budget.allocate(text.bytes.count)
        if name == "removeprefix" {
            guard text.hasPrefix(affix) else { return text }
            return Text(text.bytes[affix.bytes.count...], isMarkup: text.isMarkup)
        }
        guard !affix.isEmpty, text.hasSuffix(affix) else { return text }
        return Text(text.bytes.dropLast(affix.bytes.count), isMarkup: text.isMarkup)
    }

    private func justify(_ text: Text, _ name: String, _ arguments: Arguments) throws -> Text {
        let values = try arguments.bound(
            to: name,
            ["width", "fillchar"],
            required: 1,
            positionalOnly: true
        )
        let fill = try values[1].map { try self.text($0, name) } ?? " "
        guard fill.count == 1 else {
            throw Failure.runtime("The fill character must be exactly one character long")
        }
        let alignment: FieldAlignment =
            name == "center" ? .center : name == "ljust" ? .left : .right
        return try padded(
            text,
            width: try integer(values[0], or: 0),
            fill: fill,
            alignment: alignment
        )
    }

    /// A text filled up to a width in code points.
    func padded(
        _ text: Text,
        width: Int,
        fill: Text,
        alignment: FieldAlignment
    ) throws -> Text {
        try budget.scan(text)
        let missing = width.subtractingReportingOverflow(text.count)
        guard !missing.overflow, missing.partialValue > 0 else { return text }
        // Both sides at once, before a part of what is too much is made.
        try budget.allocate(missing.partialValue)
        let left: Int
        switch alignment {
        case .left: left = 0
        case .right: left = missing.partialValue
        // CPython puts the odd blank left where the width is odd.
        case .center: left = missing.partialValue / 2 + (missing.partialValue & width & 1)
        case .formatCenter: left = missing.partialValue / 2
        }
        var builder = TextBuilder(budget)
        try builder.append(fill, times: left)
        try builder.append(text)
        try builder.append(fill, times: missing.partialValue - left)
        return try builder.text(isMarkup: text.isMarkup)
    }

    private func zeroFilled(_ text: Text, width: Int) throws -> Text {
        let hasSign = text.bytes.first == UInt8(ascii: "-") || text.bytes.first == UInt8(ascii: "+")
        let digits = hasSign ? Text(text.bytes.dropFirst()) : text
        let filled = try padded(
            digits,
            width: hasSign ? max(width, 1) - 1 : width,
            fill: "0",
            alignment: .right
        )
        return hasSign ? Text(Array(text.bytes.prefix(1)) + filled.bytes) : filled
    }

    private func expandTabs(_ text: Text, size: Int) throws -> Text {
        var builder = TextBuilder(budget)
        var column = 0
        for scalar in text.string.unicodeScalars {
            if scalar == "\t" {
                guard size > 0 else { continue }
                try builder.append(" ", times: size - column % size)
                column = 0
            } else {
                try builder.append(scalar)
                column = scalar == "\n" || scalar == "\r" ? 0 : (column + 1) % max(size, 1)
            }
        }
        return try builder.text(isMarkup: text.isMarkup)
    }
}

/// Where a text stands in a field that is wider.
enum FieldAlignment {
    case left, right
    /// As `str.center` does it.
    case center
    /// As `format` does it with `^`.
    case formatCenter
}
