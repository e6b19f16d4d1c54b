import OrderedJSON

extension ExampleWriter {
    /// The members that only this form has.
    func members(of example: PreferenceExample) throws(DataError.Reason) -> JSONObject {
        switch format {
        case .text, .chat:
            return JSONObject([("prompt", example.prompt.json)] + example.pairMembers)
        case .tokens:
            return JSONObject(
                [("prompt_ids", example.prompt.json)]
                    + example.pairMembers.map { ($0.key + "_ids", $0.value) }
            )
        case .ranked:
            return JSONObject(
                [("prompt", example.prompt.json)] + example.rankedMembers("completions")
            )
        case .unpaired:
            return JSONObject(
                [("prompt", example.prompt.json)] + example.labelledMembers("completion")
            )
        case .demonstrations, .demonstrationsChat:
            return JSONObject([
                ("prompt", example.prompt.json), ("completion", example.answers[0].json),
            ])
        case .instruction:
            guard case .text(let text) = example.prompt, let parts = AlpacaText.parts(of: text)
            else { throw inexpressible("this prompt") }
            return JSONObject(
                [("instruction", .string(parts.instruction))]
                    + (parts.input.map { [("input", .string($0))] } ?? [])
                    + example.instructedMembers
            )
        case .instructionChat: return try instructionChat(example)
        case .sharegpt:
            guard case .messages(let prompt) = example.prompt else { throw inexpressible("text") }
            var row = JSONObject()
            var conversation: [JSONValue] = []
            for turn in prompt { conversation.append(try shareGPT(turn)) }
            row["conversations"] = .array(conversation)
            for (key, answer) in zip(["chosen", "rejected"], example.answers) {
                guard case .messages(let turns) = answer, turns.count == 1 else {
                    throw inexpressible("answers of several turns")
                }
                row[key] = try shareGPT(turns[0])
            }
            return row
        case .llamaFactoryV1:
            guard case .messages(let prompt) = example.prompt else { throw inexpressible("text") }
            var row = JSONObject()
            for (key, answer) in zip(["chosen", "rejected"], example.answers) {
                guard case .messages(let turns) = answer else { throw inexpressible("text") }
                var conversation: [JSONValue] = []
                for turn in prompt { conversation.append(try parts(turn, weight: 0)) }
                for turn in turns {
                    let weight = turn.role == "assistant" ? 1 : 0
                    conversation.append(try parts(turn, weight: weight))
                }
                row[key + "_messages"] = .array(conversation)
            }
            return row
        }
    }

    /// Instruction, input, history and system prompt of a conversation.
    private func instructionChat(
        _ example: PreferenceExample
    ) throws(DataError.Reason) -> JSONObject {
        guard case .messages(var turns) = example.prompt else { throw inexpressible("text") }
        var row = JSONObject()
        let system = turns.first?.role == "system" ? turns.removeFirst().text : nil
        guard let question = turns.popLast()?.text, turns.count.isMultiple(of: 2) else {
            throw inexpressible("a conversation that does not end with the user's turn")
        }
        row["instruction"] = .string(question)
        row["system"] = system.map { .string($0) }
        let texts = turns.compactMap(\.text).map { JSONValue.string($0) }
        if texts.count == turns.count, !turns.isEmpty {
            row["history"] = .array(
                stride(from: 0, to: texts.count, by: 2).map { .array([texts[$0], texts[$0 + 1]]) }
            )
        }
        var answers = example
        for (index, answer) in example.answers.enumerated() {
            guard case .messages(let turns) = answer, turns.count == 1, let text = turns[0].text
            else { throw inexpressible("answers that are not one turn of text") }
            answers.answers[index] = .text(text)
        }
        row.members += answers.instructedMembers
        return row
    }

    /// A turn as LLaMA-Factory's `{from, value}`.
    private func shareGPT(_ message: ChatMessage) throws(DataError.Reason) -> JSONValue {
        let roles = [
            "user": "human", "assistant": "gpt", "system": "system", "tool": "observation",
        ]
        guard var role = roles[message.role], var text = message.text else {
            throw inexpressible("a turn of the \(message.role) without text")
        }
        var known = 2
        if let calls = message.members["tool_calls"]?.array {
            known += 1
            role = "function_call"
            let functions = calls.compactMap { $0["function"] }
            text += functions.count == 1 ? functions[0].text : JSONValue.array(functions).text
        }
        guard message.members.members.count == known else {
            let names = message.members.members.map(\.key)
            throw inexpressible("a turn with " + names.joined(separator: ", "))
        }
        return ["from": .string(role), "value": .string(text)]
    }

    /// A turn in parts, as LLaMA-Factory's second form has it.
    private func parts(
        _ message: ChatMessage,
        weight: Int
    ) throws(DataError.Reason) -> JSONValue {
        guard let text = message.text else { throw inexpressible("a turn without text") }
        func part(_ type: JSONValue, _ text: String) -> JSONValue {
            ["type": type, "value": .string(text)]
        }
        var object = message.members
        let reasoning = object["reasoning_content"]?.string.map { [part("reasoning", $0)] } ?? []
        let calls = (object["tool_calls"]?.array ?? []).compactMap { $0["function"] }
        object["content"] = .array(
            reasoning + [part("text", text)] + calls.map { part("tool_call", $0.text) }
        )
        object["reasoning_content"] = nil
        object["tool_calls"] = nil
        object["loss_weight"] = .integer(weight)
        return .object(object)
    }
}

extension PreferenceExample {
    fileprivate typealias Members = [(key: String, value: JSONValue)]

    fileprivate var pairMembers: Members {
        zip(["chosen", "rejected"], answers).map { ($0, $1.json) }
    }

    /// The answers in a list, with their ranks where the order alone does not tell them.
    fileprivate func rankedMembers(_ key: String) -> Members {
        guard case .ranked(let ranks) = judgement else { return [] }
        let tells = scores == nil && ranks == Array(ranks.indices)
        return [(key, .array(answers.map(\.json)))]
            + (tells ? [] : [("ranks", .array(ranks.map { .integer($0) }))])
            + (scores.map { [("scores", .array($0.map { .number($0) }))] } ?? [])
    }

    fileprivate func labelledMembers(_ key: String) -> Members {
        guard case .labelled(let isWanted) = judgement else { return [] }
        return [(key, answers.first?.json ?? .null), ("label", .bool(isWanted))]
    }

    /// The answers beside an instruction.
    fileprivate var instructedMembers: Members {
        if case .labelled = judgement { return labelledMembers("output") }
        return judgement == .pair ? pairMembers : rankedMembers("completions")
    }

    /// What the answers of a pair scored.
    var scoreMembers: [(key: String, value: JSONValue)] {
        guard judgement == .pair, let scores else { return [] }
        return zip(["score_chosen", "score_rejected"], scores).map { ($0, .number($1)) }
    }

    /// The members that all forms have, but for those that say what holds without them.
    var commonMembers: [(key: String, value: JSONValue)] {
        var row = JSONObject()
        row["tools"] = tools.map { .array($0) }
        if !templateVariables.members.isEmpty {
            row["chat_template_kwargs"] = .object(templateVariables)
        }
        if weight != 1 { row["weight"] = .number(weight) }
        if margin != 0 { row["margin"] = .number(margin) }
        return row.members
    }
}

extension Passage {
    fileprivate var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .messages(let turns): .array(turns.map { .object($0.members) })
        case .tokens(let ids): .array(ids.map { .integer(Int($0)) })
        }
    }
}
