extension Interpreter {
    func evaluate(_ nodes: ArgumentNodes, _ scope: Scope) throws -> Arguments {
        var arguments = Arguments()
        for node in nodes.positional { arguments.positional.append(try evaluate(node, scope)) }
        for (name, node) in nodes.keywords {
            arguments.keywords.append((name, try evaluate(node, scope)))
        }
        if let node = nodes.sequence {
            let values = try elements(of: try evaluate(node, scope))
            try budget.allocateValues(values.count)
            arguments.positional += values
        }
        if let node = nodes.mapping {
            try addKeywords(of: try evaluate(node, scope), to: &arguments)
        }
        return arguments
    }

    private func addKeywords(of value: Value, to arguments: inout Arguments) throws {
        guard case .dictionary(let dictionary) = value else {
            throw Failure.runtime("argument after ** must be a mapping, not \(value.typeName)")
        }
        for (key, value) in dictionary.entries {
            guard let name = key.text?.string else {
                throw Failure.runtime("keywords must be strings")
            }
            guard arguments.keyword(name) == nil else {
                throw Failure.runtime("got multiple values for keyword argument '\(name)'")
            }
            arguments.keywords.append((name, value))
        }
    }

    /// - Parameter caller: the body of the call block that this call belongs to.
    func call(_ node: CallNode, _ scope: Scope, caller: Value?) throws -> Value {
        let callee = try evaluate(node.callee, scope)
        var arguments = try evaluate(node.arguments, scope)
        offset = node.offset
        if let caller {
            guard arguments.keyword("caller") == nil else {
                throw Failure.runtime("got multiple values for keyword argument 'caller'")
            }
            arguments.keywords.append(("caller", caller))
        }
        return try call(callee, arguments)
    }

    private func call(_ callee: Value, _ arguments: Arguments) throws -> Value {
        switch callee {
        case .macro(let macro): return .string(try call(macro, arguments))
        case .method(let method): return try call(method, arguments)
        case .function(let function): return try call(function, arguments)
        case .undefined(let undefined): throw undefined.failure
        case .joiner(let joiner):
            try arguments.expectNone(by: "joiner")
            defer { joiner.isUsed = true }
            return joiner.isUsed ? joiner.separator : .string("")
        case .block(let reference):
            return .string(try capture { try run(reference.block, fallback: rootScope) })
        case .loop(let loop):
            let sequence = try arguments.bound(to: "loop", ["iterable"], required: 1)
            guard let recursion = loop.recursion else {
                throw Failure.runtime(
                    "The loop must have the 'recursive' marker to be called recursively."
                )
            }
            return .string(
                try loopRecursively(
                    recursion,
                    sequence[0] ?? .null,
                    depth: loop.recursionDepth + 1
                )
            )
        default: throw Failure.runtime("'\(callee.typeName)' object is not callable")
        }
    }

    // MARK: Macros

    private func call(_ macro: MacroObject, _ arguments: Arguments) throws -> Text {
        let scope = makeScope(macro.definition.frame, in: macro.scope)
        try bind(arguments, to: macro.definition, scope)
        return try capture { _ = try execute(macro.definition.body, scope) }
    }

    private func bind(
        _ arguments: Arguments,
        to macro: MacroDefinition,
        _ scope: Scope
    ) throws {
        let parameters = macro.parameters
        let layout = template.layouts[macro.frame]
        var keywords = arguments.keywords
        func takeKeyword(_ name: String) -> Value? {
            keywords.firstIndex { $0.name == name }.map { keywords.remove(at: $0).value }
        }
        var missing: [MacroDefinition.Parameter] = []
        for (index, parameter) in parameters.enumerated() {
            if index < arguments.positional.count {
                scope.set(parameter.name, arguments.positional[index])
            } else if let value = takeKeyword(parameter.text) {
                scope.set(parameter.name, value)
            } else {
                missing.append(parameter)
            }
        }
        if layout.usesCaller, !parameters.contains(where: { $0.text == "caller" }) {
            scope.set(
                WellKnownName.caller.rawValue,
                takeKeyword("caller") ?? Undefined.message("No caller defined")
            )
        }
        let name = macro.name.map { "'\($0)'" } ?? "None"
        if layout.usesKeywords {
            let rest = try DictionaryObject(
                keywords.map { (.string($0.name), $0.value) },
                budget
            )
            scope.set(WellKnownName.kwargs.rawValue, .dictionary(rest))
        } else if let first = keywords.first {
            throw Failure.runtime(
                keywords.contains { $0.name == "caller" }
                    ? "macro \(name) was invoked with two values for the special caller argument. "
                        + "This is most likely a bug."
                    : "macro \(name) takes no keyword argument '\(first.name)'"
            )
        }
        if layout.usesVariadic {
            let rest = arguments.positional.dropFirst(parameters.count)
            scope.set(
                WellKnownName.varargs.rawValue,
                .tuple(try SequenceObject(Array(rest), budget))
            )
        } else if arguments.positional.count > parameters.count {
            throw Failure.runtime(
                "macro \(name) takes not more than \(parameters.count) argument(s)"
            )
        }
        for parameter in missing {
            scope.set(
                parameter.name,
                try parameter.default.map { try evaluate($0, scope) }
                    ?? Undefined.message("parameter '\(parameter.text)' was not provided")
            )
        }
    }
}
