extension Filters {
    @Sendable static func upper(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "upper")
        return try mapped(interpreter, value) { $0.uppercased }
    }

    @Sendable static func lower(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "lower")
        return try mapped(interpreter, value) { $0.lowercased }
    }

    @Sendable static func capitalize(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "capitalize")
        return try mapped(interpreter, value) { $0.capitalized }
    }

    /// Unlike `str.title`, words begin after blanks, hyphens and opening brackets only.
    @Sendable static func title(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "title")
        return try mapped(interpreter, value) { text in
            var words: [[Unicode.Scalar]] = [[]]
            var wasSeparator = false
            for scalar in text.scalars {
                let isSeparator =
                    scalar.isPythonSpace || ["-", "(", "{", "[", "<"].contains(scalar)
                if isSeparator != wasSeparator { words.append([]) }
                wasSeparator = isSeparator
                words[words.count - 1].append(scalar)
            }
            let shown = words.filter { !$0.isEmpty }.flatMap { word in
                Text(word[..<1]).uppercased.scalars + Text(word[1...]).lowercased.scalars
            }
            return Text(shown)
        }
    }

    private static func mapped(
        _ interpreter: Interpreter,
        _ value: Value,
        _ map: (Text) -> Text
    ) throws -> Value {
        let text = try interpreter.string(of: value)
        try interpreter.budget.allocate(text.bytes.count, times: 2)
        try interpreter.budget.walk(text)
        return .string(map(text))
    }

    @Sendable static func string(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "string")
        return .string(try interpreter.string(of: value))
    }

    @Sendable static func trim(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "trim", ["chars"])
        let text = try interpreter.string(of: value)
        try interpreter.budget.allocate(text.bytes.count)
        if case .some(let characters) = values[0], case .null = characters {
            return .string(text.stripped(.both))
        }
        let characters = try values[0].map { try interpreter.text($0, "strip") }
        if let characters { try interpreter.budget.walk(characters) }
        return .string(text.stripped(.both, of: characters))
    }

    @Sendable static func replace(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "replace", ["old", "new", "count"], required: 2)
        var count = values[2]
        if case .some(.null) = count { count = nil }
        return .string(
            try interpreter.string(of: value).plain.replacing(
                try interpreter.string(of: values[0] ?? .null),
                with: try interpreter.string(of: values[1] ?? .null),
                limit: try interpreter.integer(count, or: -1),
                interpreter.budget
            )
        )
    }

    @Sendable static func format(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        guard arguments.positional.isEmpty || arguments.keywords.isEmpty else {
            throw Failure.runtime(
                "can't handle positional and keyword arguments at the same time"
            )
        }
        let budget = interpreter.budget
        let values: Value =
            arguments.keywords.isEmpty
            ? .tuple(try SequenceObject(arguments.positional, budget))
            : .dictionary(
                try DictionaryObject(
                    arguments.keywords.map { (.string($0.name), $0.value) },
                    budget
                )
            )
        return .string(try interpreter.formatted(try interpreter.string(of: value), with: values))
    }

    @Sendable static func center(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "center", ["width"])
        return .string(
            try interpreter.padded(
                try interpreter.string(of: value),
                width: try interpreter.integer(values[0], or: 80),
                fill: " ",
                alignment: .center
            )
        )
    }

    @Sendable static func indent(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "indent", ["width", "first", "blank"])
        var builder = TextBuilder(interpreter.budget)
        let indentation: Text
        if let text = values[0]?.text {
            indentation = text
        } else {
            try builder.append(" ", times: try interpreter.integer(values[0], or: 4))
            indentation = try builder.text()
            builder = TextBuilder(interpreter.budget)
        }
        let text = try interpreter.text(value, "indent")
        try interpreter.budget.allocate(text.bytes.count, times: 16)
        let lines = Text(text.bytes + [0x0A]).lines()
        let indentsBlank = try values[2]?.isTrue() ?? false
        for (index, line) in lines.enumerated() {
            if index > 0 { try builder.append("\n") }
            let isIndented =
                index == 0 ? try values[1]?.isTrue() ?? false : indentsBlank || !line.isEmpty
            if isIndented { try builder.append(indentation) }
            try builder.append(line)
        }
        return .string(try builder.text(isMarkup: text.isMarkup))
    }

    @Sendable static func truncate(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "truncate", ["length", "killwords", "end", "leeway"])
        let length = try interpreter.integer(values[0], or: 255)
        let end = try values[2].map { try interpreter.text($0, "truncate") } ?? "..."
        var leewayValue = values[3]
        if case .some(.null) = leewayValue { leewayValue = nil }
        let leeway = try interpreter.integer(leewayValue, or: 5)
        guard length >= end.count, leeway >= 0 else {
            throw Failure.runtime("expected length >= \(end.count), got \(length)")
        }
        let (limit, overflow) = length.addingReportingOverflow(leeway)
        if try overflow || interpreter.count(of: value) <= limit { return value }
        let text = try interpreter.text(value, "truncate")
        try interpreter.budget.allocate(text.bytes.count)
        var kept = text.slice(0, length - end.count)
        if try !(values[1]?.isTrue() ?? false),
            let space = try kept.lastOffset(of: " ", interpreter.budget)
        {
            kept = Text(kept.bytes[..<space])
        }
        return .string(Text(kept.bytes + end.bytes, isMarkup: text.isMarkup))
    }

    @Sendable static func wordCount(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "wordcount")
        let text = try interpreter.string(of: value)
        try interpreter.budget.walk(text)
        var count = 0
        var inWord = false
        for scalar in text.string.unicodeScalars {
            let isWord =
                scalar == "_" || scalar.properties.isAlphabetic
                || scalar.properties.numericType != nil
            if isWord, !inWord { count += 1 }
            inWord = isWord
        }
        return .int(count)
    }

    @Sendable static func toJSON(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(
            to: "tojson",
            ["ensure_ascii", "indent", "separators", "sort_keys"]
        )
        var indentation: Text?
        switch values[1] {
        case nil, .some(.null): break
        case .string(let text): indentation = text
        case let width?:
            var builder = TextBuilder(interpreter.budget)
            try builder.append(" ", times: try interpreter.integer(width, or: 0))
            indentation = try builder.text()
        }
        var json = JSONText(interpreter, indentation: indentation)
        json.ensuresASCII = try values[0]?.isTrue() ?? false
        json.sortsKeys = try values[3]?.isTrue() ?? false
        switch values[2] {
        case nil, .some(.null): break
        case let separators?:
            let texts = try interpreter.elements(of: separators)
            guard texts.count == 2 else {
                throw Failure.runtime("separators must be two strings")
            }
            json.itemSeparator = try interpreter.text(texts[0], "tojson")
            json.keySeparator = try interpreter.text(texts[1], "tojson")
        }
        return .string(try json.text(of: value))
    }
}
