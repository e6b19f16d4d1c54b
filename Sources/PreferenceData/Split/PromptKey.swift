import OrderedJSON

/// What tells prompts apart: rows with the same digest answer the same prompt.
///
/// White space around a text does not count. A conversation is the same prompt where its turns
/// are, whatever the order of their keys. Where the prompt was taken out of answers that are whole
/// transcripts, what the answers begin with alike was taken with it and would tell apart rows of
/// one prompt. There the prompt ends before the last marker of an answering turn that both sides
/// share, such as `\n\nAssistant:`; without a marker, at the last line break; without that, it is
/// all that both sides share.
enum PromptKey {
    static func digest(of example: PreferenceExample) -> ContentDigest {
        var hasher = ContentHasher()
        switch example.prompt {
        case .text(let prompt):
            hasher.append(0)
            let text = example.promptIsImplicit ? sharedTurns(prompt, example.answers) : prompt[...]
            hasher.append(text.trimmingBlanks)
        case .messages(let messages):
            hasher.append(1)
            for message in messages { hasher.append(message) }
        case .tokens(let tokens):
            hasher.append(2)
            hasher.append(tokens)
        }
        return hasher.digest()
    }

    /// What transcripts share before their last shared turn.
    private static func sharedTurns(_ prompt: String, _ answers: [Passage]) -> Substring {
        var shared = Array(prompt.utf8)
        // Extraction leaves a character with an answer that would be empty: it is shared too.
        if answers.count == 2, case .text(let left) = answers[0], case .text(let right) = answers[1]
        {
            shared += zip(left.utf8, right.utf8).prefix { $0 == $1 }.map(\.0)
        }
        let text = String(decoding: shared, as: UTF8.self)
        if let marker = TurnMarker.last(in: text) { return text[..<marker.lowerBound] }
        if let newline = text.unicodeScalars.lastIndex(of: "\n") { return text[..<newline] }
        return text[...]
    }
}

extension ContentHasher {
    /// Takes in a turn, whatever the order of its keys.
    mutating func append(_ message: ChatMessage) {
        let members = message.members.members.sorted {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        append(JSONValue.object(JSONObject(members)).text)
    }

    /// Takes in token ids and how many they are.
    mutating func append(_ tokens: [Int32]) {
        append(UInt64(tokens.count))
        tokens.withUnsafeBytes { append($0) }
    }

    /// Takes in a prompt or an answer.
    mutating func append(_ passage: Passage) {
        switch passage {
        case .text(let text):
            append(0)
            append(text)
        case .messages(let messages):
            append(1)
            append(UInt64(messages.count))
            for message in messages { append(message) }
        case .tokens(let tokens):
            append(2)
            append(tokens)
        }
    }
}

extension StringProtocol {
    /// The text without the white space around it.
    var trimmingBlanks: SubSequence {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return self[endIndex...] }
        return self[first..<scalars.index(after: last)]
    }
}
