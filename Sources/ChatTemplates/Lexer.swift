/// Cuts template source into tokens.
///
/// Blank handling is Jinja's with `trim_blocks` and `lstrip_blocks` on: the first newline after a
/// block goes, and so do blanks before a block at the start of a line.
struct Lexer {
    private let source: [Unicode.Scalar]
    private var position = 0
    private var tokens: [Token] = []
    /// Whether what was read last ended with a newline.
    private var atLineStart = true

    private init(_ source: [Unicode.Scalar]) { self.source = source }

    /// The tokens of a source that `SourceText` has normalized; the last one is `.end`.
    static func tokens(of source: [Unicode.Scalar]) throws -> [Token] {
        var lexer = Lexer(source)
        try lexer.readAll()
        return lexer.tokens
    }

    private mutating func readAll() throws {
        while position < source.count {
            guard let tag = nextTag() else {
                add(.data(Text(source[position...])), at: position)
                break
            }
            if let rawBody = endOfRawBegin(tag) {
                addData(upTo: tag, sign: source[tag + 2], isVariable: false)
                position = rawBody
                atLineStart = source[position - 1] == "\n"
                try readRaw()
                continue
            }
            let isVariable = source[tag + 1] == "{"
            let sign = at(tag + 2)
            addData(upTo: tag, sign: sign, isVariable: isVariable)
            position = tag + (sign == "-" || sign == "+" ? 3 : 2)
            atLineStart = false
            switch source[tag + 1] {
            case "#": try readComment()
            case "{": try readTag(from: tag, begin: .variableBegin, end: .variableEnd)
            default: try readTag(from: tag, begin: .blockBegin, end: .blockEnd)
            }
        }
        add(.end, at: source.count)
    }

    // MARK: Text between tags

    private func at(_ index: Int) -> Unicode.Scalar? {
        source.indices.contains(index) ? source[index] : nil
    }

    private func matches(_ word: StaticString, at index: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard index + count <= source.count else { return false }
        for step in 0..<count where source[index + step].value != UInt32(word.utf8Start[step]) {
            return false
        }
        return true
    }

    private func skippingBlanks(_ index: Int) -> Int {
        var index = index
        while let scalar = at(index), scalar.isPythonSpace { index += 1 }
        return index
    }

    private func nextTag() -> Int? {
        var index = position
        while index + 1 < source.count {
            if source[index] == "{" {
                switch source[index + 1] {
                case "{", "%", "#": return index
                default: break
                }
            }
            index += 1
        }
        return nil
    }

    private mutating func add(_ kind: Token.Kind, at offset: Int) {
        tokens.append(Token(kind: kind, offset: offset))
    }

    /// Adds the text before a tag, less the blanks that the tag takes away.
    private mutating func addData(upTo tag: Int, sign: Unicode.Scalar?, isVariable: Bool) {
        var end = tag
        if sign == "-" {
            while end > position, source[end - 1].isPythonSpace { end -= 1 }
        } else if sign != "+", !isVariable {
            var start = tag
            while start > position, source[start - 1] != "\n", source[start - 1].isPythonSpace {
                start -= 1
            }
            let beginsLine = start > position ? source[start - 1] == "\n" : atLineStart
            if beginsLine { end = start }
        }
        if end > position { add(.data(Text(source[position..<end])), at: position) }
    }

    /// Where a tag ends that closes with `%}` or `#}` here, and what it takes after it.
    private func endOfClosing(_ closing: StaticString, at index: Int) -> Int? {
        switch at(index) {
        case "+": return matches(closing, at: index + 1) ? index + 3 : nil
        case "-": return matches(closing, at: index + 1) ? skippingBlanks(index + 3) : nil
        default:
            guard matches(closing, at: index) else { return nil }
            return at(index + 2) == "\n" ? index + 3 : index + 2
        }
    }

    // MARK: Comments and raw text

    private mutating func readComment() throws {
        if position == source.count { return }
        for index in position..<source.count {
            guard let end = endOfClosing("#}", at: index) else { continue }
            position = end
            atLineStart = source[end - 1] == "\n"
            return
        }
        throw Failure.syntax("Missing end of comment tag", at: position)
    }

    /// Where the body of `{% raw %}` begins, if this tag is one.
    private func endOfRawBegin(_ tag: Int) -> Int? {
        guard matches("{%", at: tag) else { return nil }
        var index = tag + 2
        if at(index) == "-" || at(index) == "+" { index += 1 }
        index = skippingBlanks(index)
        guard matches("raw", at: index) else { return nil }
        index = skippingBlanks(index + 3)
        // This tag, unlike all others, keeps the newline after it.
        if matches("-%}", at: index) { return skippingBlanks(index + 3) }
        return matches("%}", at: index) ? index + 2 : nil
    }

    private mutating func readRaw() throws {
        if position == source.count { return }
        for index in position..<source.count where matches("{%", at: index) {
            var inner = index + 2
            let sign = at(inner)
            if sign == "-" || sign == "+" { inner += 1 }
            inner = skippingBlanks(inner)
            guard matches("endraw", at: inner),
                let end = endOfClosing("%}", at: skippingBlanks(inner + 6))
            else { continue }
            addData(upTo: index, sign: sign, isVariable: false)
            position = end
            atLineStart = source[end - 1] == "\n"
            return
        }
        throw Failure.syntax("Missing end of raw directive", at: position)
    }

    // MARK: Inside tags

    private mutating func readTag(from tag: Int, begin: Token.Kind, end: Token.Kind) throws {
        add(begin, at: tag)
        var open: [Token.Symbol] = []
        while position < source.count {
            if open.isEmpty, let after = endOfTag(end) {
                add(end, at: position)
                position = after
                atLineStart = source[after - 1] == "\n"
                return
            }
            let start = position
            if source[start].isPythonSpace {
                position = skippingBlanks(start)
            } else if let (kind, after) = try number(at: start) ?? name(at: start)
                ?? string(at: start)
            {
                add(kind, at: start)
                position = after
            } else if let symbol = symbol(at: start) {
                try balance(symbol, &open, at: start)
                add(.symbol(symbol), at: start)
                position = start + symbol.rawValue.utf8.count
            } else {
                throw Failure.syntax("unexpected char '\(source[start])'", at: start)
            }
        }
    }

    private func endOfTag(_ end: Token.Kind) -> Int? {
        if end == .blockEnd { return endOfClosing("%}", at: position) }
        if matches("-}}", at: position) { return skippingBlanks(position + 3) }
        return matches("}}", at: position) ? position + 2 : nil
    }

    private func balance(_ symbol: Token.Symbol, _ open: inout [Token.Symbol], at offset: Int)
        throws
    {
        switch symbol {
        case .leftBrace: open.append(.rightBrace)
        case .leftBracket: open.append(.rightBracket)
        case .leftParenthesis: open.append(.rightParenthesis)
        case .rightBrace, .rightBracket, .rightParenthesis:
            guard let expected = open.popLast() else {
                throw Failure.syntax("unexpected '\(symbol.rawValue)'", at: offset)
            }
            guard expected == symbol else {
                throw Failure.syntax(
                    "unexpected '\(symbol.rawValue)', expected '\(expected.rawValue)'",
                    at: offset
                )
            }
        default: break
        }
    }

    private func symbol(at index: Int) -> Token.Symbol? {
        let one = String(source[index])
        if let next = at(index + 1), let symbol = Token.Symbol(rawValue: one + String(next)) {
            return symbol
        }
        return Token.Symbol(rawValue: one)
    }

    private func name(at start: Int) throws -> (Token.Kind, Int)? {
        var end = start
        while let scalar = at(end), scalar.isWord { end += 1 }
        guard end > start else { return nil }
        guard source[start] == "_" || source[start].properties.isXIDStart,
            source[start..<end].allSatisfy(\.properties.isXIDContinue)
        else { throw Failure.syntax("Invalid character in identifier", at: start) }
        return (.name(Text(source[start..<end]).string), end)
    }

    private func number(at start: Int) throws -> (Token.Kind, Int)? {
        try NumberLiteral.read(source, at: start)
    }

    private func string(at start: Int) throws -> (Token.Kind, Int)? {
        guard source[start] == "'" || source[start] == "\"" else { return nil }
        var end = start + 1
        while let scalar = at(end), scalar != source[start] { end += scalar == "\\" ? 2 : 1 }
        // A string without its end is an unexpected quote.
        guard at(end) != nil else { return nil }
        let content = try StringLiteral.unescaped(source[(start + 1)..<end])
        return (.string(content), end + 1)
    }
}

extension Unicode.Scalar {
    /// Whether this may stand in a name as the lexer cuts it (`\w` and combining marks).
    fileprivate var isWord: Bool {
        if self == "_" { return true }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
            return true
        default: return false
        }
    }
}
