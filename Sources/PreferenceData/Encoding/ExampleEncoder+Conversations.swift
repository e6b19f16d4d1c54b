import ChatTemplates
import OrderedJSON
import RandomNumbers

extension ExampleEncoder {
    /// Encodes conversations as TRL 1.16's `DPOTrainer` does.
    ///
    /// The prompt is rendered with the beginning of an answer behind it, also where its last message
    /// is the assistant's, and each side whole. Neither special tokens nor an end are added: the
    /// template writes them. The prompt's length is the longest common prefix of the prompt's ids
    /// and those of all sides.
    func encode(
        messages prompt: [ChatMessage],
        _ example: PreferenceExample,
        _ processor: TextProcessor,
        row: Int
    ) throws(DataError.Reason) -> EncodedExample {
        let removesThinking = drawsEmptyThinkingRemoval(row: row)
        let encoder = processor.encoder
        var encoded = EncodedExample(promptLength: 0, sequences: [])

        var opening = ConversationText("")
        if !prompt.isEmpty {
            let chat = try processor.render(prompt, of: example, beginningAnswer: true)
            opening = ConversationText(chat.text)
        }
        if removesThinking { encoded.lostEmptyThinking = opening.removeEmptyThinking() }
        let promptTokens = encoder.encode(opening.text, addingSpecialTokens: false)
        encoded.promptLength = promptTokens.count

        for (index, answer) in example.answers.enumerated() {
            guard case .messages(let turns) = answer, turns.contains(where: \.saysSomething) else {
                throw .emptyAnswer(key: example.judgement.key(ofAnswer: index))
            }
            let messages = prompt + turns
            let chat = try processor.render(messages, of: example, beginningAnswer: false)
            encoded.endOfTextMissing += ends(chat.text, turns, encoder) ? 0 : 1
            var side = try conversationText(chat, messages, example, processor)
            if removesThinking, side.removeEmptyThinking() { encoded.lostEmptyThinking = true }
            let tokens = encoder.encode(side.text, addingSpecialTokens: false)
            encoded.promptLength = min(
                encoded.promptLength,
                tokens.commonPrefixCount(with: promptTokens)
            )
            let scored = side.scored(in: tokens) { encoder.encode($0, addingSpecialTokens: false) }
            encoded.sequences.append(.init(tokens: tokens, scored: scored))
        }
        encoded.boundaryShift = promptTokens.count - encoded.promptLength
        switch settings.scoredTokens {
        case .answer, .all: scoreAnswers(&encoded)
        case .assistant, .generation: break
        }
        return encoded
    }

    /// A conversation's text, with spans where they say what is scored.
    private func conversationText(
        _ chat: RenderedChat,
        _ messages: [ChatMessage],
        _ example: PreferenceExample,
        _ processor: TextProcessor
    ) throws(DataError.Reason) -> ConversationText {
        switch settings.scoredTokens {
        case .answer, .all:
            return ConversationText(chat.text)
        case .generation:
            if chat.generationSpans.isEmpty { throw .generationMissing(found: nil) }
            return ConversationText(generating: chat)
        case .assistant:
            let turns = AssistantTurns(
                messages: messages,
                text: Array(chat.text.utf8),
                render: { messages, beginningAnswer in
                    Array(
                        try processor.render(
                            messages,
                            of: example,
                            beginningAnswer: beginningAnswer
                        )
                        .text.utf8
                    )
                }
            )
            return ConversationText(chat.text, spans: try turns.spans())
        }
    }

    /// Whether something ends the answer: the tokenizer's end of a text, or what the template writes
    /// behind the last message.
    private func ends(
        _ text: String,
        _ turns: [ChatMessage],
        _ encoder: any TextEncoder
    ) -> Bool {
        let text = text.withoutTrailingBlanks
        if let end = encoder.endOfText, !end.isEmpty,
            text.reversed().starts(with: end.utf8.reversed())
        {
            return true
        }
        guard let content = turns.last?.text else { return true }
        return !text.reversed().starts(with: content.withoutTrailingBlanks.reversed())
    }

    /// Whether empty thinking is deleted from a row: the same for all its sides, on every machine.
    private func drawsEmptyThinkingRemoval(row: Int) -> Bool {
        guard settings.emptyThinkingRemoval > 0 else { return false }
        // Not the state that an epoch's order begins with.
        var generator = SplitMix64(state: SplitMix64.mix(~settings.seed) &+ UInt64(row))
        let fraction = Double(generator.next() >> 11) * 0x1p-53
        return fraction < settings.emptyThinkingRemoval
    }
}

extension ChatMessage {
    /// Whether there is anything beside the role: content that is not blank, calls of tools.
    fileprivate var saysSomething: Bool {
        members.members.contains { key, value in
            if key == "role" { return false }
            switch value {
            case .null: return false
            case .string(let text): return !text.isBlank
            case .array(let parts): return !parts.isEmpty
            default: return true
            }
        }
    }
}

extension String {
    /// The text in UTF-8 up to the blanks at its end.
    fileprivate var withoutTrailingBlanks: ArraySlice<UInt8> {
        var bytes = Array(utf8)[...]
        while let last = bytes.last, last == 0x20 || (0x09...0x0D).contains(last) {
            bytes.removeLast()
        }
        return bytes
    }
}
