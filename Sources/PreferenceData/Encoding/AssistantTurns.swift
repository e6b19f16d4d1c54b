import OrderedJSON

/// Where the assistant's turns lie in the text of a conversation.
///
/// The template is asked: a turn begins where the text goes on differently than with the beginning
/// of an answer in its place, and ends where the conversation up to it ends. Many templates write
/// earlier turns otherwise once others follow, such as without their thinking. There a mark at the
/// end of a message's content shows where the message ends in the whole.
struct AssistantTurns {
    let messages: [ChatMessage]
    /// What the messages are rendered to.
    let text: [UInt8]
    /// Renders messages, with or without the beginning of an answer behind them.
    let render: (_ messages: [ChatMessage], _ beginningAnswer: Bool) throws -> [UInt8]

    /// The turns in the text, in bytes.
    ///
    /// - Throws: `turnNotFound`.
    func spans() throws(DataError.Reason) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        for index in messages.indices where messages[index].role == "assistant" {
            // A template that refuses a part of the conversation hides the turn, too.
            guard let start = try? start(of: index), let end = try? end(of: index),
                start < end, start >= spans.last?.upperBound ?? 0
            else { throw .turnNotFound(message: index + 1) }
            spans.append(start..<end)
        }
        return spans
    }

    private func end(of index: Int) throws -> Int? {
        if index == messages.count - 1 { return text.count }
        let alone = try render(Array(messages[...index]), false)
        if text.starts(with: alone) { return alone.count }
        guard let place = try contentEnd(of: index),
            let ending = try tail(of: index, beginningAnswer: false)
        else { return nil }
        // What closes the last turn of a conversation may be missing in its middle.
        return place + text[place...].commonPrefixCount(with: ending[...])
    }

    /// Where the answer behind the message before begins.
    private func start(of index: Int) throws -> Int? {
        guard index > 0 else { return nil }
        let before = Array(messages[..<index])
        let alone = try render(before, false)
        let asking = try render(before, true)
        if let start = start(from: 0, alone, asking) { return start }
        guard let place = try contentEnd(of: index - 1),
            let ending = try tail(of: index - 1, beginningAnswer: false),
            let askingEnding = try tail(of: index - 1, beginningAnswer: true)
        else { return nil }
        return start(from: place, ending, askingEnding)
    }

    /// Where an answer begins.
    ///
    /// - Parameters:
    ///   - place: where in the whole text both texts begin.
    ///   - alone: text up to the end of the message before.
    ///   - asking: the same, and the beginning of an answer.
    private func start(from place: Int, _ alone: [UInt8], _ asking: [UInt8]) -> Int? {
        let end = asking[...].commonPrefixCount(with: alone[...])
        let start = text[place...].commonPrefixCount(with: asking[...])
        guard start >= end else { return nil }
        // Some templates ask for an answer with a thinking that is opened, or empty. Both belong to
        // the answer.
        var header = text[(place + end)..<(place + start)]
        for tag in ["</think>", "<think>"] {
            while let last = header.last, [0x20, 0x0A].contains(last) { header.removeLast() }
            if header.hasSuffix(tag.utf8) {
                header.removeLast(tag.utf8.count)
                if tag == "<think>" { return header.endIndex }
            }
        }
        return place + start
    }

    /// Where in the whole text the content of a message ends.
    private func contentEnd(of index: Int) throws -> Int? {
        guard let marked = messages[index].marked else { return nil }
        var all = messages
        all[index] = marked
        guard let rest = Self.behindMark(try render(all, false)), text[...].hasSuffix(rest) else {
            return nil
        }
        return text.count - rest.count
    }

    /// What stands behind the content of a message that is the last one.
    private func tail(
        of index: Int,
        beginningAnswer: Bool
    ) throws -> [UInt8]? {
        guard let marked = messages[index].marked else { return nil }
        return Self.behindMark(try render(messages[..<index] + [marked], beginningAnswer))
    }

    /// What stands behind the mark; nil where it is not there exactly once.
    private static func behindMark(_ text: [UInt8]) -> [UInt8]? {
        let parts = text.split(
            separator: Array(ChatMessage.mark.utf8),
            omittingEmptySubsequences: false
        )
        return parts.count == 2 ? Array(parts[1]) : nil
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ suffix: some Collection<UInt8>) -> Bool {
        self.suffix(suffix.count).elementsEqual(suffix)
    }
}

extension ChatMessage {
    /// Letters and digits only, so that templates leave it as it is.
    fileprivate static let mark = "Pnchnt7c1fEndOfContent3b9a"

    /// The message with a mark at the end of its content; nil where it has none for text.
    fileprivate var marked: ChatMessage? {
        var marked = self
        switch members["content"] {
        case nil, .null?: marked.members["content"] = .string(Self.mark)
        case .string(let text)?: marked.members["content"] = .string(text + Self.mark)
        case .array(var parts)?:
            guard let last = parts.lastIndex(where: { $0["text"]?.string != nil }),
                var part = parts[last].object, let text = part["text"]?.string
            else { return nil }
            part["text"] = .string(text + Self.mark)
            parts[last] = .object(part)
            marked.members["content"] = .array(parts)
        default: return nil
        }
        return marked
    }
}
