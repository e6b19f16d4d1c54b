import OrderedJSON

extension ChatMessage {
    /// Turns of a row: a list of objects that have `role` and `content`, or `from` and `value`.
    static func list(
        row value: JSONValue,
        key: String
    ) throws(DataError.Reason) -> [ChatMessage] {
        guard let elements = value.array else {
            throw .wrongType(key: key, found: value.kind, expected: "a list of turns")
        }
        var messages: [ChatMessage] = []
        for (index, element) in elements.enumerated() {
            messages.append(try ChatMessage(row: element, key: "\(key)[\(index)]"))
        }
        return messages
    }

    /// A turn of a row, with the names that chat templates know.
    ///
    /// LLaMA-Factory's roles and parts become those: see `calls(_:_:)` and `joinParts(_:)`. Members
    /// that are null are left out, as transformers leaves them out.
    init(row value: JSONValue, key: String) throws(DataError.Reason) {
        guard let object = value.object else {
            throw .wrongType(key: key, found: value.kind, expected: "a turn {role, content}")
        }
        let isShareGPT = !object.has("role") && object.has("from")
        let (roleKey, contentKey) = isShareGPT ? ("from", "value") : ("role", "content")
        guard object.has(roleKey) else { throw .missingKey(key + ".role") }
        guard let role = object[roleKey]?.string else {
            let found = object[roleKey]?.kind ?? "missing"
            throw .wrongType(key: "\(key).\(roleKey)", found: found, expected: "a string")
        }
        members = JSONObject()
        for member in object.members where !member.value.isNull {
            switch member.key {
            case roleKey: members["role"] = .string(Self.roles[role] ?? role)
            case contentKey: members["content"] = member.value
            default: members[member.key] = member.value
            }
        }
        if isShareGPT, Self.roles[role] == nil {
            throw .wrongType(
                key: key + ".from",
                found: "\"\(role)\"",
                expected: "human, gpt, system, function_call or observation"
            )
        }
        let place = "\(key).\(contentKey)"
        switch members["content"] {
        case nil, .string: break
        case .array(let parts): try joinParts(parts, place)
        case .some(let content):
            throw .wrongType(key: place, found: content.kind, expected: "a string")
        }
        if role == "function_call" { try takeCalls(place) }
        if members["content"] == nil, members.members.count == 1 { throw .missingKey(place) }
    }

    /// Other programs' names of roles.
    private static let roles = [
        "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant",
        "system": "system", "function_call": "assistant", "observation": "tool", "tool": "tool",
    ]

    /// Makes tool calls of the content of LLaMA-Factory's role `function_call`.
    ///
    /// That is an object or a list of objects `{name, arguments}` as JSON text, perhaps behind
    /// thoughts in `<think>` and `</think>`, which stay content.
    private mutating func takeCalls(_ key: String) throws(DataError.Reason) {
        let content = text ?? ""
        var thoughts = Substring()
        if content.utf8.starts(with: "<think>".utf8),
            let end = content.utf8.firstRange(of: "</think>".utf8)
        {
            thoughts = content[..<end.upperBound]
        }
        members["content"] = .string(String(thoughts))
        members["tool_calls"] = .array(
            try Self.calls(String(content[thoughts.endIndex...]), key)
        )
    }

    /// Tool calls as chat templates take them, from the JSON text of one or of a list.
    private static func calls(
        _ text: String,
        _ key: String
    ) throws(DataError.Reason) -> [JSONValue] {
        let value = try? JSONValue(parsing: text)
        let calls = value?.array ?? value.map { [$0] } ?? []
        let isCall = { (call: JSONValue) in call["name"]?.string != nil && call["arguments"] != nil
        }
        guard !calls.isEmpty, calls.allSatisfy(isCall) else {
            throw .wrongType(
                key: key,
                found: "no tool call",
                expected: "JSON text of {name, arguments} or a list of them"
            )
        }
        return calls.map { call in
            var function = call.object ?? JSONObject()
            // Arguments that are JSON text in JSON text.
            if let text = function["arguments"]?.string, let value = try? JSONValue(parsing: text),
                value.object != nil
            {
                function["arguments"] = value
            }
            return ["type": "function", "function": .object(function)]
        }
    }

    /// Makes one turn of LLaMA-Factory's parts `{type, value}`: text, reasoning and tool calls.
    ///
    /// Parts of other programs, such as `{type, text}`, stay as they are: templates know them.
    private mutating func joinParts(
        _ parts: [JSONValue],
        _ key: String
    ) throws(DataError.Reason) {
        guard parts.contains(where: { $0["value"]?.string != nil }) else { return }
        var joined: [String: String] = [:]
        var calls: [JSONValue] = []
        for (index, part) in parts.enumerated() {
            let place = "\(key)[\(index)]"
            guard let type = part["type"]?.string, let value = part["value"]?.string else {
                throw .missingKey(place + (part["type"]?.string == nil ? ".type" : ".value"))
            }
            switch type {
            case "text", "reasoning": joined[type, default: ""] += value
            case "tool_call": calls += try Self.calls(value, place + ".value")
            default:
                throw .wrongType(
                    key: place + ".type",
                    found: "\"\(type)\"",
                    expected: "text, reasoning or tool_call"
                )
            }
        }
        members["content"] = .string(joined["text"] ?? "")
        members["reasoning_content"] = joined["reasoning"].map { .string($0) }
        members["tool_calls"] = calls.isEmpty ? nil : .array(calls)
    }
}
