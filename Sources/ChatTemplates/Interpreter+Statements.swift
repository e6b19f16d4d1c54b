/// How a statement ended.
enum Flow {
    case normal, `break`, `continue`
}

extension Interpreter {
    func execute(_ statements: [Statement], _ scope: Scope) throws -> Flow {
        for statement in statements {
            let flow = try execute(statement, scope)
            if flow != .normal { return flow }
        }
        return .normal
    }

    private func execute(_ statement: Statement, _ scope: Scope) throws -> Flow {
        try budget.enter()
        defer { budget.leave() }
        try budget.step()
        switch statement {
        case .output(let parts): try print(parts, scope)
        case .conditional(let statement): return try run(statement, scope)
        case .loop(let statement): return try run(statement, scope)
        case .assignment(let statement): try assign(statement, scope)
        case .blockAssignment(let statement): return try run(statement, scope)
        case .macro(let statement): try define(statement, scope)
        case .callBlock(let statement): try run(statement, scope)
        case .filterBlock(let statement): return try run(statement, scope)
        case .generation(let statement): try run(statement, scope)
        case .with(let statement): return try run(statement, scope)
        case .scope(let statement): return try run(statement, scope)
        case .block(let statement): try run(statement, scope)
        case .break: return .break
        case .continue: return .continue
        case .otherTemplate(let statement):
            _ = try evaluate(statement.name, scope)
            offset = statement.offset
            throw Failure.runtime("a chat template cannot load other templates")
        }
        return .normal
    }

    private func print(_ parts: [OutputPart], _ scope: Scope) throws {
        for part in parts {
            switch part {
            case .text(let text): try write(text)
            case .expression(let expression):
                try write(try string(of: try evaluate(expression, scope)))
            }
        }
    }

    private func run(_ statement: IfStatement, _ scope: Scope) throws -> Flow {
        for arm in statement.arms where try evaluate(arm.condition, scope).isTrue() {
            return try execute(arm.body, scope)
        }
        return try execute(statement.otherwise, scope)
    }

    // MARK: Assignments

    private func assign(_ statement: AssignmentStatement, _ scope: Scope) throws {
        try checkNamespaces(statement.target, scope)
        let value = try evaluate(statement.value, scope)
        offset = statement.offset
        try assign(value, to: statement.target, scope)
    }

    private func checkNamespaces(_ target: AssignmentTarget, _ scope: Scope) throws {
        switch target {
        case .name: break
        case .attribute(let name, _, let offset):
            if case .namespace = scope.find(name) { return }
            self.offset = offset
            throw Failure.runtime("cannot assign attribute on non-namespace object")
        case .tuple(let targets, _):
            for target in targets { try checkNamespaces(target, scope) }
        }
    }

    func assign(_ value: Value, to target: AssignmentTarget, _ scope: Scope) throws {
        switch target {
        case .name(let name, _): scope.set(name, value)
        case .attribute(let name, let attribute, _):
            guard case .namespace(let namespace) = scope.find(name) else {
                throw Failure.runtime("cannot assign attribute on non-namespace object")
            }
            try GlobalFunction.checkNamespaceName(attribute)
            try namespace.attributes.set(value, for: .string(attribute), budget)
        case .tuple(let targets, let offset):
            var values = try iterate(value)
            self.offset = offset
            var unpacked: [Value] = []
            while unpacked.count <= targets.count, let value = try values.next(self) {
                unpacked.append(value)
            }
            guard unpacked.count == targets.count else {
                throw Failure.runtime(
                    unpacked.count > targets.count
                        ? "too many values to unpack (expected \(targets.count))"
                        : "not enough values to unpack (expected \(targets.count), got "
                            + "\(unpacked.count))"
                )
            }
            for (target, value) in zip(targets, unpacked) { try assign(value, to: target, scope) }
        }
    }

    private func run(_ statement: BlockAssignmentStatement, _ scope: Scope) throws -> Flow {
        let inner = makeScope(statement.frame, in: scope)
        var flow = Flow.normal
        let text = try capture { flow = try execute(statement.body, inner) }
        if flow != .normal { return flow }
        try checkNamespaces(statement.target, scope)
        var value = Value.string(text)
        if let filter = statement.filter { value = try apply(filter, to: value, inner) }
        offset = statement.offset
        try assign(value, to: statement.target, scope)
        return .normal
    }

    private func run(_ statement: FilterBlockStatement, _ scope: Scope) throws -> Flow {
        let inner = makeScope(statement.frame, in: scope)
        var flow = Flow.normal
        let text = try capture { flow = try execute(statement.body, inner) }
        if flow != .normal { return flow }
        try write(try string(of: try apply(statement.filter, to: .string(text), inner)))
        return .normal
    }

    // MARK: Frames

    private func run(_ statement: WithStatement, _ scope: Scope) throws -> Flow {
        let inner = makeScope(statement.frame, in: scope)
        for (target, value) in statement.variables {
            try assign(try evaluate(value, scope), to: target, inner)
        }
        return try execute(statement.body, inner)
    }

    private func run(_ statement: ScopeStatement, _ scope: Scope) throws -> Flow {
        let inner = makeScope(statement.frame, in: scope)
        guard try !evaluate(statement.autoescape, inner).isTrue() else {
            offset = statement.offset
            throw Failure.runtime("autoescape is not supported in chat templates")
        }
        return try execute(statement.body, inner)
    }

    private func run(_ statement: GenerationStatement, _ scope: Scope) throws {
        let inner = makeScope(statement.frame, in: scope)
        let text = try capture { _ = try execute(statement.body, inner) }
        trackGeneration(text)
        try write(text)
    }

    private func run(_ statement: BlockStatement, _ scope: Scope) throws {
        offset = statement.offset
        if statement.isRequired {
            throw Failure.runtime("Required block '\(statement.name)' not found")
        }
        try run(statement, fallback: statement.isScoped ? scope : rootScope)
    }

    func run(_ block: BlockStatement, fallback: Scope?) throws {
        let inner = makeScope(block.frame, in: nil, fallback: fallback)
        inner.set(WellKnownName.`self`.rawValue, .function(.template))
        inner.set(
            WellKnownName.`super`.rawValue,
            Undefined.message("there is no parent block called '\(block.name)'.")
        )
        _ = try execute(block.body, inner)
    }

    private func define(_ statement: MacroStatement, _ scope: Scope) throws {
        try keep(scope)
        scope.set(statement.name, .macro(MacroObject(statement.definition, scope)))
    }

    private func run(_ statement: CallBlockStatement, _ scope: Scope) throws {
        try keep(scope)
        let caller = Value.macro(MacroObject(statement.caller, scope))
        let result = try call(statement.call, scope, caller: caller)
        try write(try string(of: result))
    }
}
