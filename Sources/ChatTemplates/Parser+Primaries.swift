extension Parser {
    mutating func primary() throws -> Expression {
        let token = current
        height = 1
        switch token.kind {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return .constant(.bool(true))
            case "false", "False": return .constant(.bool(false))
            case "none", "None": return .constant(.null)
            default: return .name(NameNode(id(of: name), at: token.offset))
            }
        case .string:
            var parts: [UInt8] = []
            while case .string(let part) = current.kind {
                parts += part.bytes
                advance()
            }
            return .constant(.string(Text(parts)))
        case .integer(let value):
            advance()
            return .constant(.integer(value))
        case .float(let value):
            advance()
            return .constant(.float(value))
        case .symbol(.leftParenthesis):
            advance()
            let value = try tuple(isParenthesized: true)
            try expect(.rightParenthesis)
            return value
        case .symbol(.leftBracket): return try list()
        case .symbol(.leftBrace): return try dictionary()
        default:
            throw Failure.syntax("unexpected '\(token.description)'", at: token.offset)
        }
    }

    /// One expression, or several with commas between them, which make a tuple.
    mutating func tuple(
        allowsConditional: Bool = true,
        isParenthesized: Bool = false,
        endWord: String? = nil
    ) throws -> Expression {
        let offset = current.offset
        var elements: [Expression] = []
        var tallest = 0
        var isTuple = false
        while !isAtTupleEnd(endWord) {
            elements.append(try expression(allowsConditional: allowsConditional))
            tallest = max(tallest, height)
            guard skip(.comma) else { break }
            isTuple = true
        }
        if !isTuple {
            if let only = elements.first { return only }
            guard isParenthesized else {
                throw Failure.syntax(
                    "Expected an expression, got '\(current.description)'",
                    at: current.offset
                )
            }
        }
        try raise(above: tallest)
        return .tuple(ListNode(elements, at: offset))
    }

    func isAtTupleEnd(_ endWord: String? = nil) -> Bool {
        switch current.kind {
        case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
        case .name(let name): name == endWord
        default: false
        }
    }

    private mutating func list() throws -> Expression {
        let offset = advance().offset
        var elements: [Expression] = []
        var tallest = 0
        while !isAt(.rightBracket) {
            if !elements.isEmpty { try expect(.comma) }
            if isAt(.rightBracket) { break }
            elements.append(try expression())
            tallest = max(tallest, height)
        }
        advance()
        try raise(above: tallest)
        return .list(ListNode(elements, at: offset))
    }

    private mutating func dictionary() throws -> Expression {
        let offset = advance().offset
        var pairs: [(key: Expression, value: Expression)] = []
        var tallest = 0
        while !isAt(.rightBrace) {
            if !pairs.isEmpty { try expect(.comma) }
            if isAt(.rightBrace) { break }
            let key = try expression()
            tallest = max(tallest, height)
            try expect(.colon)
            pairs.append((key, try expression()))
            tallest = max(tallest, height)
        }
        advance()
        try raise(above: tallest)
        return .dictionary(DictionaryNode(pairs, at: offset))
    }

    /// Arguments in parentheses.
    ///
    /// Leaves the greatest height of them.
    mutating func arguments() throws -> ArgumentNodes {
        let start = current.offset
        try expect(.leftParenthesis)
        var arguments = ArgumentNodes()
        var tallest = 0
        func ensure(_ isValid: Bool) throws {
            guard isValid else {
                throw Failure.syntax("invalid syntax for function call expression", at: start)
            }
        }
        var isFirst = true
        while !isAt(.rightParenthesis) {
            if !isFirst {
                try expect(.comma)
                if isAt(.rightParenthesis) { break }
            }
            isFirst = false
            if skip(.multiply) {
                try ensure(arguments.sequence == nil && arguments.mapping == nil)
                arguments.sequence = try expression()
            } else if skip(.power) {
                try ensure(arguments.mapping == nil)
                arguments.mapping = try expression()
            } else if case .name(let name) = current.kind, next.kind == .symbol(.assign) {
                try ensure(arguments.mapping == nil)
                guard !arguments.keywords.contains(where: { $0.name == name }) else {
                    throw Failure.syntax("keyword argument repeated: \(name)", at: current.offset)
                }
                advance()
                advance()
                arguments.keywords.append((name, try expression()))
            } else {
                try ensure(
                    arguments.sequence == nil && arguments.mapping == nil
                        && arguments.keywords.isEmpty
                )
                arguments.positional.append(try expression())
            }
            tallest = max(tallest, height)
        }
        advance()
        height = tallest
        return arguments
    }
}
