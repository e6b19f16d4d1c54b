extension Interpreter {
    func evaluate(_ expression: Expression, _ scope: Scope) throws -> Value {
        switch expression {
        case .constant(let constant): return value(of: constant)
        case .name(let node): return value(of: node, in: scope)
        default: break
        }
        try budget.enter()
        defer { budget.leave() }
        try budget.step()
        return try compute(expression, scope)
    }

    private func compute(_ expression: Expression, _ scope: Scope) throws -> Value {
        switch expression {
        case .constant, .name: .null
        case .tuple(let node):
            .tuple(try SequenceObject(try evaluate(node.elements, scope), budget))
        case .list(let node):
            .list(try SequenceObject(try evaluate(node.elements, scope), budget))
        case .dictionary(let node): try evaluate(node, scope)
        case .attribute(let node): try evaluate(node, scope)
        case .item(let node): try evaluate(node, scope)
        case .slice(let node): try evaluate(node, scope)
        case .call(let node): try call(node, scope, caller: nil)
        case .filter(let node): try evaluate(node, scope)
        case .test(let node): try evaluate(node, scope)
        case .unary(let node): try evaluate(node, scope)
        case .arithmetic(let node): try evaluate(node, scope)
        case .concatenation(let node): try concatenate(node, scope)
        case .comparison(let node): try evaluate(node, scope)
        case .logical(let node): try evaluate(node, scope)
        case .conditional(let node): try evaluate(node, scope)
        }
    }

    private func value(of constant: Constant) -> Value {
        switch constant {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .int(value)
        case .float(let value): .float(value)
        case .string(let text): .string(text)
        }
    }

    private func evaluate(_ expressions: [Expression], _ scope: Scope) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try evaluate(expression, scope)) }
        return values
    }

    private func evaluate(_ node: DictionaryNode, _ scope: Scope) throws -> Value {
        let dictionary = DictionaryObject()
        for (key, value) in node.pairs {
            let key = try evaluate(key, scope)
            let value = try evaluate(value, scope)
            offset = node.offset
            try dictionary.set(value, for: key, budget)
        }
        return .dictionary(dictionary)
    }

    private func evaluate(_ node: AttributeNode, _ scope: Scope) throws -> Value {
        let object = try evaluate(node.object, scope)
        offset = node.offset
        return try attribute(node.name, of: object)
    }

    private func evaluate(_ node: ItemNode, _ scope: Scope) throws -> Value {
        let object = try evaluate(node.object, scope)
        let key = try evaluate(node.key, scope)
        offset = node.offset
        return try item(key, of: object)
    }

    private func evaluate(_ node: SliceNode, _ scope: Scope) throws -> Value {
        let object = try evaluate(node.object, scope)
        let bounds = try [node.start, node.stop, node.step].map {
            try $0.map { try evaluate($0, scope) } ?? .null
        }
        offset = node.offset
        return try slice(of: object, bounds)
    }

    private func evaluate(_ node: UnaryNode, _ scope: Scope) throws -> Value {
        let operand = try evaluate(node.operand, scope)
        offset = node.offset
        switch node.operator {
        case .not: return .bool(try !operand.isTrue())
        case .negative: return try negated(operand)
        case .positive: return try Number(operand, for: "unary +").value
        }
    }

    private func evaluate(_ node: ArithmeticNode, _ scope: Scope) throws -> Value {
        var result = try evaluate(node.first, scope)
        for (symbol, expression, offset) in node.rest {
            let operand = try evaluate(expression, scope)
            self.offset = offset
            result = try arithmetic(symbol, result, operand)
        }
        return result
    }

    private func concatenate(_ node: ListNode, _ scope: Scope) throws -> Value {
        var builder = TextBuilder(budget)
        let values = try evaluate(node.elements, scope)
        offset = node.offset
        for value in values { try builder.append(try string(of: value)) }
        return .string(try builder.text())
    }

    private func evaluate(_ node: ComparisonNode, _ scope: Scope) throws -> Value {
        var left = try evaluate(node.first, scope)
        for (comparison, expression) in node.rest {
            let right = try evaluate(expression, scope)
            offset = node.offset
            guard try compare(comparison, left, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    private func evaluate(_ node: LogicalNode, _ scope: Scope) throws -> Value {
        var value = Value.null
        for operand in node.operands {
            value = try evaluate(operand, scope)
            if try value.isTrue() != node.isAnd { return value }
        }
        return value
    }

    private func evaluate(_ node: ConditionalNode, _ scope: Scope) throws -> Value {
        for (value, condition) in node.arms where try evaluate(condition, scope).isTrue() {
            return try evaluate(value, scope)
        }
        if let otherwise = node.otherwise { return try evaluate(otherwise, scope) }
        return Undefined.message(
            "the inline if-expression evaluated to false and no else section was defined."
        )
    }

    // MARK: Filters and tests

    private func evaluate(_ node: FilterNode, _ scope: Scope) throws -> Value {
        guard let input = node.input else { return .null }
        return try apply(node, to: try evaluate(input, scope), scope)
    }

    private func apply(_ node: FilterNode, to input: Value, _ scope: Scope) throws -> Value {
        let arguments = try evaluate(node.arguments, scope)
        offset = node.offset
        guard let filter = Filters.named(node.name) else {
            throw Failure.runtime("No filter named '\(node.name)' found.")
        }
        return try filter(self, input, arguments)
    }

    /// Applies a chain of filters whose innermost has no input to a text.
    func apply(_ filter: Expression, to text: Value, _ scope: Scope) throws -> Value {
        guard case .filter(let node) = filter else { return text }
        let input = try node.input.map { try apply($0, to: text, scope) } ?? text
        return try apply(node, to: input, scope)
    }

    private func evaluate(_ node: TestNode, _ scope: Scope) throws -> Value {
        let input = try evaluate(node.input, scope)
        let arguments = try evaluate(node.arguments, scope)
        offset = node.offset
        guard let test = Tests.named(node.name) else {
            throw Failure.runtime("No test named '\(node.name)' found.")
        }
        return .bool(try test(self, input, arguments))
    }
}
