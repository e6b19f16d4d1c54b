extension GlobalFunction {
    /// transformers keeps names with an underscore out of namespaces.
    static func checkNamespaceName(_ name: Text) throws {
        guard !name.hasPrefix("_") else {
            throw Failure.runtime(
                "Chat templates cannot store underscore-prefixed attributes on a namespace, "
                    + "but got '\(name.string)'. Please rename the attribute."
            )
        }
    }
}

extension Interpreter {
    func call(_ function: GlobalFunction, _ arguments: Arguments) throws -> Value {
        switch function {
        case .range: return .range(try makeRange(arguments))
        case .dict: return .dictionary(try makeDictionary(arguments))
        case .namespace:
            let attributes = try makeDictionary(arguments)
            for (key, _) in attributes.entries {
                if let name = key.text { try GlobalFunction.checkNamespaceName(name) }
            }
            return try makeNamespace(attributes)
        case .cycler:
            guard arguments.keywords.isEmpty, !arguments.positional.isEmpty else {
                throw Failure.runtime("at least one item has to be provided")
            }
            return .cycler(CyclerObject(try SequenceObject(arguments.positional, budget)))
        case .joiner:
            let values = try arguments.bound(to: "joiner", ["sep"])
            return .joiner(JoinerObject(values[0] ?? .string(", ")))
        case .raiseException:
            let values = try arguments.bound(to: "raise_exception", ["message"], required: 1)
            throw Failure(
                kind: .raised,
                message: try string(of: values[0] ?? .null).string,
                offset: offset
            )
        case .strftimeNow:
            let values = try arguments.bound(to: "strftime_now", ["format"], required: 1)
            return .string(
                try clock().formatted(try text(values[0], "strftime_now"), budget)
            )
        case .lipsum:
            throw Failure.runtime("lipsum is not supported in chat templates: it is random")
        case .template: throw Failure.runtime("'TemplateReference' object is not callable")
        }
    }

    private func makeRange(_ arguments: Arguments) throws -> RangeObject {
        let values = try arguments.bound(
            to: "range",
            ["start", "stop", "step"],
            required: 1,
            positionalOnly: true
        )
        let first = try integer(values[0], or: 0)
        guard values[1] != nil else { return try RangeObject(start: 0, stop: first, step: 1) }
        return try RangeObject(
            start: first,
            stop: try integer(values[1], or: 0),
            step: try integer(values[2], or: 1)
        )
    }

    /// `dict(mapping or pairs, **keywords)`.
    private func makeDictionary(_ arguments: Arguments) throws -> DictionaryObject {
        guard arguments.positional.count <= 1 else {
            throw Failure.runtime(
                "dict expected at most 1 argument, got \(arguments.positional.count)"
            )
        }
        let dictionary = DictionaryObject()
        switch arguments.positional.first {
        case nil: break
        case .dictionary(let other):
            for (key, value) in other.entries { try dictionary.set(value, for: key, budget) }
        case let pairs?:
            for pair in try elements(of: pairs) {
                let pair = try elements(of: pair)
                guard pair.count == 2 else {
                    throw Failure.runtime(
                        "dictionary update sequence element has length \(pair.count); "
                            + "2 is required"
                    )
                }
                try dictionary.set(pair[1], for: pair[0], budget)
            }
        }
        for (name, value) in arguments.keywords {
            try dictionary.set(value, for: .string(name), budget)
        }
        return dictionary
    }
}
