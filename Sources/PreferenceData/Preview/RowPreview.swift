import TokenTrees
import Tokenizers

/// A row as the model sees it, laid out for a person.
package struct RowPreview: Sendable, Equatable {
    /// Tokens that read as a text only together; mostly one.
    package struct Piece: Sendable, Equatable {
        package var ids: [Int32]
        /// The text, with blanks and control characters visible.
        package var text: String
        package var isScored: Bool
        /// Whether the tokenizer calls the token special.
        package var isSpecial: Bool
        /// Whether a line of the text ends with it.
        package var endsLine: Bool
        /// Whether it is nothing but the end of a line.
        package var isNewline: Bool { text == "␊" }
        /// Whether the prompt ends before it.
        package var beginsAnswer: Bool
    }

    /// Tokens that lie behind each other.
    package struct Section: Sendable, Equatable {
        package var title: String
        package var pieces: [Piece]

        package var tokenCount: Int { pieces.reduce(0) { $0 + $1.ids.count } }
    }

    /// Where the row stands.
    package var source: RowSource
    /// What it has, in words: tokens of each part, weight and margin.
    package var facts: [String]
    /// What a person should know of it.
    package var warnings: [String]
    /// What all sequences begin with, then what each has behind it.
    package var sections: [Section]

    init(_ row: PreparedRow, _ tokenizer: Tokenizer) {
        let preference = row.preference
        source = preference.source
        facts = Self.facts(row)
        warnings = Self.warnings(row)
        let sequences = preference.sequences
        // A single sequence has all in common with itself.
        let trunk =
            sequences.dropFirst().map { $0.tokens.commonPrefixCount(with: sequences[0].tokens) }
            .min() ?? preference.promptLength
        sections = []
        func add(_ title: String, _ sequence: Int, _ range: Range<Int>) {
            let pieces = TokenTexts(tokenizer, sequences[sequence], preference.promptLength)
                .pieces(in: range)
            sections.append(Section(title: title, pieces: pieces))
        }
        if !sequences.isEmpty { add("trunk", 0, 0..<trunk) }
        for (index, sequence) in sequences.enumerated() {
            add(preference.judgement.title(ofAnswer: index), index, trunk..<sequence.tokens.count)
        }
    }

    private static func facts(_ row: PreparedRow) -> [String] {
        let preference = row.preference
        var facts = ["prompt \((row.promptCounts.max() ?? 0).counted("token"))"]
        for (index, sequence) in preference.sequences.enumerated() {
            facts.append(
                "\(preference.judgement.title(ofAnswer: index)) "
                    + "\(sequence.tokens.count - row.promptCounts[index])"
                    + " (\(sequence.scoredCount) scored)"
            )
        }
        if preference.weight != 1 { facts.append("weight \(preference.weight)") }
        if preference.margin != 0 { facts.append("margin \(preference.margin)") }
        if row.origin == .implicitPrompt { facts.append("prompt taken out of the answers") }
        if row.encoded.lostEmptyThinking { facts.append("empty thinking deleted") }
        return facts
    }

    private static func warnings(_ row: PreparedRow) -> [String] {
        var warnings: [String] = []
        let encoded = row.encoded
        if encoded.boundaryShift > 0 {
            warnings.append(
                "the answers begin before the prompt ends: the prompt alone has "
                    + "\(encoded.boundaryShift.counted("other token")) at its end"
            )
        }
        for (index, sequence) in encoded.sequences.enumerated()
        where sequence.cutPromptTokens + sequence.cutAnswerTokens > 0 {
            warnings.append(
                "\(row.preference.judgement.title(ofAnswer: index)) lost "
                    + "\(sequence.cutPromptTokens.counted("token")) of the prompt and "
                    + "\(sequence.cutAnswerTokens.grouped) of the answer"
                    + (sequence.lostItsEnd ? ", its end with them" : "")
            )
        }
        if encoded.endOfTextMissing > 0 {
            warnings.append("\(encoded.endOfTextMissing.counted("answer")) without an end")
        }
        if encoded.sequences.contains(where: { $0.scored.first?.lowerBound == 0 }) {
            warnings.append("the first token is not scored, for nothing comes before it")
        }
        return warnings
    }
}

/// Cuts a sequence into pieces that can be read.
private struct TokenTexts {
    private let tokenizer: Tokenizer
    private let tokens: [Int32]
    private let isScored: [Bool]
    private let promptLength: Int

    /// How many tokens are put together for a character at most, and looked at before a token:
    /// what it reads as may depend on them.
    private static let reach = 4

    init(_ tokenizer: Tokenizer, _ sequence: TokenSequence, _ promptLength: Int) {
        self.tokenizer = tokenizer
        self.promptLength = promptLength
        tokens = sequence.tokens
        var isScored = Array(repeating: false, count: tokens.count)
        for position in sequence.scored.joined() { isScored[position] = true }
        self.isScored = isScored
    }

    func pieces(in range: Range<Int>) -> [RowPreview.Piece] {
        var pieces: [RowPreview.Piece] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start + 1
            var text = text(start..<end)
            // A character in several tokens is shown whole, where all its tokens are alike.
            while text.unicodeScalars.last == "\u{FFFD}" || text.isEmpty, end < range.upperBound,
                end - start < Self.reach, end != promptLength, isScored[end] == isScored[start]
            {
                end += 1
                text = self.text(start..<end)
            }
            if text.unicodeScalars.last == "\u{FFFD}" || text.isEmpty {
                end = start + 1
                text = self.text(start..<end)
            }
            let ids = Array(tokens[start..<end])
            pieces.append(
                RowPreview.Piece(
                    ids: ids,
                    text: text.withVisibleBlanks,
                    isScored: isScored[start],
                    isSpecial: !tokenizer.decode(ids).isEmpty
                        && tokenizer.decode(ids, skippingSpecialTokens: true).isEmpty,
                    endsLine: text.unicodeScalars.last == "\n",
                    beginsAnswer: start == promptLength && start > 0
                )
            )
            start = end
        }
        return pieces
    }

    /// What tokens add to the text of those before them.
    private func text(_ range: Range<Int>) -> String {
        let context = tokens[max(0, range.lowerBound - Self.reach)..<range.lowerBound]
        var text = tokenizer.decode(Array(context + tokens[range])).unicodeScalars[...]
        for scalar in tokenizer.decode(Array(context)).unicodeScalars {
            guard text.first == scalar else { break }
            text.removeFirst()
        }
        return String(text)
    }
}

extension Judgement {
    /// What a person calls an answer.
    fileprivate func title(ofAnswer index: Int) -> String {
        switch self {
        case .pair: key(ofAnswer: index)
        case .ranked(let ranks): "answer \(index + 1), rank \(ranks[index] + 1)"
        case .labelled(let isWanted): isWanted ? "wanted completion" : "unwanted completion"
        }
    }
}

extension String {
    /// The text with a sign for each blank and control character, so that none moves a cursor.
    package var withVisibleBlanks: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case " ": text += "·"
            case "\n": text += "␊"
            case "\r": text += "␍"
            case "\t": text += "␉"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator:
                    text += scalar.escaped(asASCII: true)
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }
}
