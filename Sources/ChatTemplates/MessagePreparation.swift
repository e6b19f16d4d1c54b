/// What transformers does to messages before a template sees them.
enum MessagePreparation {
    /// Names under which a message's reasoning is passed, the one that templates read first.
    private static let reasoningNames = ["reasoning_content", "thinking", "reasoning"]

    /// Drops keys whose value is null, which many templates would print as "None", and makes
    /// reasoning known under the names that templates ask for.
    static func prepared(_ messages: [TemplateObject]) -> [TemplateObject] {
        messages.map { message in
            let present = message.members.filter { $0.value != .null }
            var prepared = TemplateObject(unique(present))
            guard let reasoning = reasoningNames.lazy.compactMap({ prepared[$0] }).first else {
                return prepared
            }
            if prepared["thinking"] == nil {
                prepared.members.insert((key: "thinking", value: reasoning), at: 0)
            } else {
                // Python puts a key where it was first named, and transformers names this first.
                let thinking = prepared["thinking"] ?? reasoning
                prepared["thinking"] = nil
                prepared.members.insert((key: "thinking", value: thinking), at: 0)
            }
            prepared["reasoning_content"] = reasoning
            return prepared
        }
    }

    /// Each key once, at its first place with its last value.
    private static func unique(
        _ members: [(key: String, value: TemplateValue)]
    ) -> [(key: String, value: TemplateValue)] {
        var places: [[UInt8]: Int] = [:]
        var result: [(key: String, value: TemplateValue)] = []
        for member in members {
            let key = Array(member.key.utf8)
            if let place = places[key] {
                result[place].value = member.value
            } else {
                places[key] = result.count
                result.append(member)
            }
        }
        return result
    }
}

/// Ending a text inside the last message, as transformers does for `continue_final_message`.
///
/// The message gets a mark at its end, and the text is cut where the mark comes out.
struct FinalMessageContinuation {
    private static let mark = "CONTINUE_FINAL_MESSAGE_TAG "

    private let finalText: Text

    /// Marks the last message.
    ///
    /// - Throws: `Failure` of kind input where it has nothing to continue.
    init(marking messages: inout [TemplateObject], templateSource: String) throws {
        func failure(_ message: String) -> Failure {
            Failure(kind: .input, message: "continue_final_message is set but \(message)")
        }
        guard let last = messages.indices.last else {
            throw failure("the conversation is empty!")
        }
        guard let content = messages[last]["content"], content != .null else {
            throw failure("the final message has no \"content\" to continue!")
        }
        guard templateSource.contains("content") else {
            throw failure("\"content\" is not an accepted field in the chat_template")
        }
        switch content {
        case .string(let text):
            finalText = Text(text)
            messages[last]["content"] = .string(text + Self.mark)
        case .array(var parts):
            let place = parts.lastIndex {
                if case .object(let part) = $0 { part["text"] != nil } else { false }
            }
            guard let place, case .object(var part) = parts[place],
                case .string(let text)? = part["text"]
            else { throw failure("we could not find any text to continue in the final message!") }
            finalText = Text(text)
            part["text"] = .string(text + Self.mark)
            parts[place] = .object(part)
            messages[last]["content"] = .array(parts)
        default: throw failure("its content is neither a text nor a list of parts")
        }
    }

    /// The text up to the mark.
    ///
    /// - Throws: `Failure` of kind input where the template left out the message.
    func cut(_ rendered: Text, _ budget: Budget) throws -> Text {
        let mark = Text(Self.mark)
        let bareMark = mark.stripped(.both)
        guard try rendered.contains(finalText.stripped(.both), budget),
            let offset = try rendered.lastOffset(of: bareMark, budget)
        else {
            throw Failure(
                kind: .input,
                message: "continue_final_message is set but the final message does not appear in "
                    + "the chat after applying the chat template"
            )
        }
        let text = Text(rendered.bytes[..<offset])
        // Where the template trimmed the message, blanks before the mark do not belong to it.
        return rendered.bytes[offset...].starts(with: mark.bytes) ? text : text.stripped(.right)
    }
}
