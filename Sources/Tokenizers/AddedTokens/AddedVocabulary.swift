/// The added tokens of a tokenizer, with their ids.
struct AddedVocabulary: Sendable {
    private(set) var tokens: [Int32: AddedToken] = [:]
    private(set) var ids: [[UInt8]: Int32] = [:]
    /// The normalized form of tokens that it differs for: what decoding gives, as the reference.
    private var normalizedContents: [Int32: [UInt8]] = [:]
    /// The ids that decoding can skip.
    private(set) var specialIDs: Set<Int32> = []
    /// For the text as it comes.
    private(set) var rawMatcher = TokenMatcher()
    /// For the normalized text.
    private(set) var normalizedMatcher = TokenMatcher()

    /// Gives every token its id: the one it has in the vocabulary, or the next free one.
    ///
    /// The ids that a file gives are not heeded, as in the reference.
    init(_ added: [AddedToken], vocabulary: Vocabulary, normalizer: (any Normalizer)?)
        throws(Problem)
    {
        var next = vocabulary.count
        var specialContents: Set<[UInt8]> = []
        for token in added where !token.content.isEmpty {
            if let id = ids[token.content], tokens[id] == token { continue }
            let id: Int32
            if let known = ids[token.content] ?? vocabulary.id(of: token.content) {
                id = known
            } else {
                guard let free = Vocabulary.id(next) else {
                    throw Problem(problem: "ids go beyond \(Vocabulary.largestID)")
                }
                id = free
                next += 1
            }
            if token.isNormalized, let normalizer {
                var text = NormalizedText(bytes: token.content, beginsAtOrigin: true)
                normalizer.apply(to: &text)
                if text.bytes != token.content { normalizedContents[id] = text.bytes }
            }
            ids[token.content] = id
            if token.isSpecial { specialContents.insert(token.content) }
            tokens[id] = token
        }
        for (id, token) in tokens {
            let text = text(of: id) ?? token.content
            if specialContents.contains(text) { specialIDs.insert(id) }
            let isNew =
                token.isNormalized
                ? normalizedMatcher.insert(text, id: id)
                : rawMatcher.insert(token.content, id: id)
            if !isNew {
                let content = String(decoding: token.content, as: UTF8.self)
                throw Problem(
                    problem: "\"\(content)\", normalized, is empty or equals another token"
                )
            }
        }
    }

    /// Why tokens cannot be added.
    struct Problem: Error {
        let problem: String
    }

    /// What decoding gives for an added token.
    func text(of id: Int32) -> [UInt8]? {
        normalizedContents[id] ?? tokens[id]?.content
    }

    /// Visits the added tokens in a text and what lies between them, in order.
    func forEachPart(
        of text: UnsafeBufferPointer<UInt8>,
        with matcher: TokenMatcher,
        _ body: (_ part: UnsafeBufferPointer<UInt8>, _ start: Int, _ id: Int32?) -> Void
    ) {
        var covered = 0
        var index = 0
        while let match = matcher.firstMatch(in: text, from: index) {
            index = match.end
            guard let token = tokens[match.id] else { continue }
            if token.isSingleWord,
                WordBoundary.isWord(text, before: match.start)
                    || WordBoundary.isWord(text, at: match.end)
            {
                continue
            }
            var (start, end) = (match.start, match.end)
            if token.stripsLeft {
                start = max(WordBoundary.startOfBlanks(text, before: start), covered)
            }
            if token.stripsRight { end = WordBoundary.endOfBlanks(text, from: end) }
            if covered < start {
                body(UnsafeBufferPointer(rebasing: text[covered..<start]), covered, nil)
            }
            body(UnsafeBufferPointer(rebasing: text[match.start..<match.end]), start, match.id)
            covered = end
        }
        if covered < text.count {
            body(UnsafeBufferPointer(rebasing: text[covered...]), covered, nil)
        }
    }
}

/// Looks at the characters beside an added token.
enum WordBoundary {
    static func isWord(_ text: UnsafeBufferPointer<UInt8>, before index: Int) -> Bool {
        guard index > 0 else { return false }
        return CharacterTests.isWord(
            UTF8Scanner.peek(text, at: UTF8Scanner.start(text, before: index))
        )
    }

    static func isWord(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        index < text.count && CharacterTests.isWord(UTF8Scanner.peek(text, at: index))
    }

    static func startOfBlanks(_ text: UnsafeBufferPointer<UInt8>, before index: Int) -> Int {
        var index = index
        while index > 0 {
            let start = UTF8Scanner.start(text, before: index)
            guard UTF8Scanner.peek(text, at: start).isWhitespaceScalar else { break }
            index = start
        }
        return index
    }

    static func endOfBlanks(_ text: UnsafeBufferPointer<UInt8>, from index: Int) -> Int {
        var index = index
        while index < text.count {
            var next = index
            guard UTF8Scanner.scalar(text, at: &next).isWhitespaceScalar else { break }
            index = next
        }
        return index
    }
}
