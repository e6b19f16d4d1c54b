/// What can be found in preference data.
public enum LintKind: Sendable, Hashable {
    /// The row cannot be trained on.
    case badRow(BadRowKind)
    /// The same prompt and the same two answers with the sides swapped, or one answer that is
    /// labelled both ways.
    case contradiction
    /// The row stands in the data before.
    case duplicate
    /// The sides answer different prompts.
    case promptMismatch
    /// An answer has text of a special token in it.
    case specialToken
    /// A text has control characters or U+FFFD in it.
    case controlCharacter
    /// An answer begins with the name of a role or has the next turn in it.
    case turnMarker
    /// A sequence is longer than the limit.
    case truncated
    /// An answer has no token that ends it.
    case missingEnd
    /// Nothing comes before the answers, so their first token is not scored.
    case unscoredFirstToken
    /// Chosen answers are longer, or shorter, than rejected ones.
    case lengthBias(isStrong: Bool)
    /// The prompt's last tokens change with what follows.
    case boundaryShift
    /// Most texts have special tokens in them.
    case renderedConversation
    /// A file has rows of several forms.
    case mixedForms
    /// The prompt stands in the data before, with other answers.
    case repeatedPrompt
}

/// How bad it is.
public enum LintSeverity: String, Sendable, CaseIterable, Comparable {
    /// The row cannot be trained on, or teaches nothing.
    case error
    /// It hurts what is learnt.
    case warning
    /// Worth knowing.
    case note

    /// The worse one comes first.
    public static func < (left: LintSeverity, right: LintSeverity) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}

extension LintKind {
    /// How bad it is.
    public var severity: LintSeverity {
        switch self {
        case .badRow, .contradiction: .error
        case .duplicate, .promptMismatch, .specialToken, .controlCharacter, .turnMarker,
            .truncated, .missingEnd, .unscoredFirstToken, .lengthBias(isStrong: true):
            .warning
        case .lengthBias(isStrong: false), .boundaryShift, .renderedConversation, .mixedForms,
            .repeatedPrompt:
            .note
        }
    }

    /// Whether a clean file does without such rows.
    public var isRemovable: Bool {
        switch self {
        case .badRow, .contradiction, .duplicate, .promptMismatch: true
        default: false
        }
    }

    /// A name for programs.
    public var name: String {
        switch self {
        case .badRow(let kind): "\(kind)"
        case .lengthBias: "lengthBias"
        default: "\(self)"
        }
    }

    /// What was found, in a few words.
    public var title: String {
        switch self {
        case .badRow(let kind): kind.rawValue
        case .contradiction: "the same answers are judged both ways"
        case .duplicate: "the row is a copy of an earlier one"
        case .promptMismatch: "the sides answer different prompts"
        case .specialToken: "text of a special token inside content"
        case .controlCharacter: "control characters or U+FFFD in a text"
        case .turnMarker: "an answer begins with a role or has the next turn in it"
        case .truncated: "longer than the limit"
        case .missingEnd: "an answer has no end"
        case .unscoredFirstToken: "nothing comes before the first token of the answers"
        case .lengthBias: "length and preference"
        case .boundaryShift: "the answer begins inside the prompt's last token"
        case .renderedConversation: "the texts have special tokens in them"
        case .mixedForms: "another form than most rows of the file"
        case .repeatedPrompt: "the prompt came before, with other answers"
        }
    }

    /// What it means, and what to do.
    public var advice: String {
        switch self {
        case .badRow(let kind): kind.lintAdvice
        case .contradiction:
            "such rows pull in opposite directions: decide which judgement holds, or leave out both"
        case .duplicate: "a copy counts twice: leave it out, or give the first row a weight"
        case .promptMismatch:
            "the model would compare answers to different questions: leave the row out"
        case .specialToken:
            "the tokenizer makes a control token of it, which can end or begin a turn: remove it"
        case .controlCharacter:
            "often left over from a broken conversion, and the model learns to write them: look "
                + "at the source"
        case .turnMarker:
            "the model learns to speak for the other side: cut the answer before it, or the "
                + "repeated role from its beginning"
        case .truncated:
            "what is cut is not learnt, often with the answer's end: raise --max-length"
        case .missingEnd:
            "the model does not learn where to stop: give the tokenizer an eos_token, or end the "
                + "answers with it"
        case .unscoredFirstToken:
            "nothing predicts that token: give a prompt, or a tokenizer that begins texts with a "
                + "token"
        case .lengthBias: "a model can learn length in place of quality"
        case .boundaryShift:
            "the shared tokens are scored with the answer, as in TRL: end prompts where tokens end"
        case .renderedConversation:
            "these seem to be conversations that a chat template made text of: fine where it is "
                + "the model's own"
        case .mixedForms: "every row is read by its own keys: fine where it is meant so"
        case .repeatedPrompt: "fine, but `data split` is needed to hold out prompts never seen"
        }
    }
}

extension BadRowKind {
    fileprivate var lintAdvice: String {
        switch self {
        case .notUTF8: "training cannot read the row: convert the file to UTF-8"
        case .emptyAnswer: "one side says nothing: complete the row, or leave it out"
        case .promptNotInAnswers:
            "the conversations begin with another question: correct the row, or leave it out"
        case .nothingToCompare: "nothing can be learnt of it: leave it out"
        case .equalAnswers: "a pair without a difference teaches nothing: leave it out"
        case .equalAfterTruncation:
            "the difference lies behind the limit, so the row teaches nothing: raise --max-length"
        case .promptTooLong: "there is no room for an answer: raise --max-length"
        case .tokenOutOfRange: "the model has no such token: was another tokenizer used?"
        case .nothingToPredictFrom: "no token can be scored: give a prompt, or leave the row out"
        default: "training cannot read the row: mend it, or leave it out"
        }
    }
}
