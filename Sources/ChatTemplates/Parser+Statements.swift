extension Parser {
    /// Statements up to a tag of one of these names, which stays the current token, or where none
    /// are given to the end of the template.
    mutating func statements(until endTags: [String]) throws -> [Statement] {
        var statements: [Statement] = []
        var output: [OutputPart] = []
        func flush() {
            if !output.isEmpty { statements.append(.output(output)) }
            output = []
        }
        while current.kind != .end {
            switch current.kind {
            case .data(let text):
                output.append(.text(text))
                advance()
            case .variableBegin:
                advance()
                output.append(.expression(try tuple()))
                try expect(.variableEnd)
            default:
                flush()
                try expect(.blockBegin)
                if case .name(let name) = current.kind, endTags.contains(name) {
                    return statements
                }
                statements.append(try statement(lookingFor: endTags))
                try expect(.blockEnd)
            }
        }
        flush()
        guard endTags.isEmpty else {
            throw Failure.syntax(
                "Unexpected end of template." + hint(endTags),
                at: current.offset
            )
        }
        return statements
    }

    private func hint(_ endTags: [String]) -> String {
        var text = ""
        if !endTags.isEmpty {
            let names = endTags.map { "'\($0)'" }.joined(separator: " or ")
            text += " Jinja was looking for the following tags: \(names)."
        }
        if let innermost = openTags.last {
            text += " The innermost block that needs to be closed is '\(innermost)'."
        }
        return text
    }

    /// The body of a block: from the end of its tag to one of the end tags.
    mutating func body(until endTags: String...) throws -> [Statement] {
        _ = skip(.colon)
        try expect(.blockEnd)
        return try statements(until: endTags)
    }

    /// The same, past the end tag's name.
    private mutating func body(closedBy endTag: String) throws -> [Statement] {
        let statements = try body(until: endTag)
        advance()
        return statements
    }

    /// A body that becomes a Python function of its own, so that `break` cannot leave it.
    private mutating func functionBody(closedBy endTag: String) throws -> [Statement] {
        let loops = loopDepth
        loopDepth = 0
        defer { loopDepth = loops }
        return try body(closedBy: endTag)
    }

    private mutating func statement(lookingFor endTags: [String]) throws -> Statement {
        guard case .name(let tag) = current.kind else {
            throw Failure.syntax("tag name expected", at: current.offset)
        }
        let offset = current.offset
        try descend()
        openTags.append(tag)
        defer {
            openTags.removeLast()
            ascend()
        }
        switch tag {
        case "if": return .conditional(try ifStatement())
        case "for": return .loop(try forStatement())
        case "set": return try setStatement()
        case "macro": return .macro(try macro())
        case "call": return .callBlock(try callBlock())
        case "filter": return .filterBlock(try filterBlock())
        case "generation":
            advance()
            let frame = newFrame()
            return .generation(
                GenerationStatement(
                    try functionBody(closedBy: "endgeneration"),
                    frame: frame
                )
            )
        case "with": return .with(try with())
        case "print":
            advance()
            return .output(try printed())
        case "block": return .block(try block())
        case "autoescape":
            advance()
            let option = try expression()
            let frame = newFrame()
            return .scope(
                ScopeStatement(
                    autoescape: option,
                    body: try body(closedBy: "endautoescape"),
                    frame: frame,
                    at: offset
                )
            )
        case "break", "continue":
            guard loopDepth > 0 else {
                throw Failure.syntax("'\(tag)' outside loop", at: offset)
            }
            advance()
            return tag == "break" ? .break : .continue
        case "extends", "include", "import", "from":
            return .otherTemplate(try otherTemplate(tag))
        default:
            openTags.removeLast()
            defer { openTags.append(tag) }
            throw Failure.syntax(
                "Encountered unknown tag '\(tag)'." + hint(endTags),
                at: offset
            )
        }
    }

    private mutating func ifStatement() throws -> IfStatement {
        var arms: [(condition: Expression, body: [Statement])] = []
        while true {
            advance()
            let condition = try tuple(allowsConditional: false)
            arms.append((condition, try body(until: "elif", "else", "endif")))
            if isAt(word: "elif") { continue }
            let hasElse = isAt(word: "else")
            advance()
            return IfStatement(arms, otherwise: hasElse ? try body(closedBy: "endif") : [])
        }
    }

    private mutating func forStatement() throws -> ForStatement {
        let offset = advance().offset
        let target = try assignmentTarget(endWord: "in")
        guard skip(word: "in") else { throw unexpected(expected: "in") }
        let sequence = try tuple(allowsConditional: false, endWord: "recursive")
        let test = skip(word: "if") ? try expression() : nil
        let isRecursive = skip(word: "recursive")
        let frames = ForStatement.Frames(body: newFrame(), test: newFrame(), otherwise: newFrame())
        loopDepth += 1
        let body = try body(until: "endfor", "else")
        loopDepth -= 1
        let hasElse = isAt(word: "else")
        advance()
        // The code of `else` comes after the Python loop, but inside the function that a
        // recursive loop becomes.
        let loops = loopDepth
        if isRecursive { loopDepth = 0 }
        let otherwise = hasElse ? try self.body(closedBy: "endfor") : []
        loopDepth = loops
        return ForStatement(
            target: target,
            sequence: sequence,
            test: test,
            isRecursive: isRecursive,
            body: body,
            otherwise: otherwise,
            frames: frames,
            at: offset
        )
    }

    private mutating func setStatement() throws -> Statement {
        let offset = advance().offset
        let target = try assignmentTarget(allowsNamespace: true)
        if skip(.assign) {
            return .assignment(AssignmentStatement(target, try tuple(), at: offset))
        }
        var filter: Expression?
        while skip(.pipe) { filter = try self.filter(filter) }
        let frame = newFrame()
        return .blockAssignment(
            BlockAssignmentStatement(
                target,
                filter: filter,
                body: try body(closedBy: "endset"),
                frame: frame,
                at: offset
            )
        )
    }

    private mutating func filterBlock() throws -> FilterBlockStatement {
        advance()
        var filter = try self.filter(nil)
        while skip(.pipe) { filter = try self.filter(filter) }
        let frame = newFrame()
        return FilterBlockStatement(filter, body: try body(closedBy: "endfilter"), frame: frame)
    }

    private mutating func with() throws -> WithStatement {
        advance()
        var variables: [(target: AssignmentTarget, value: Expression)] = []
        while current.kind != .blockEnd {
            if !variables.isEmpty { try expect(.comma) }
            let target = try assignmentTarget()
            try expect(.assign)
            variables.append((target, try expression()))
        }
        let frame = newFrame()
        return WithStatement(variables, body: try body(closedBy: "endwith"), frame: frame)
    }

    private mutating func printed() throws -> [OutputPart] {
        var parts: [OutputPart] = []
        while current.kind != .blockEnd {
            if !parts.isEmpty { try expect(.comma) }
            parts.append(.expression(try expression()))
        }
        return parts
    }

    private mutating func macro() throws -> MacroStatement {
        let offset = advance().offset
        let name = try expectName().name
        let parameters = try self.parameters()
        let frame = newFrame()
        let body = try functionBody(closedBy: "endmacro")
        return MacroStatement(
            id(of: name),
            MacroDefinition(
                name: name,
                parameters: parameters,
                body: body,
                frame: frame,
                at: offset
            )
        )
    }

    private mutating func callBlock() throws -> CallBlockStatement {
        let offset = advance().offset
        let parameters = isAt(.leftParenthesis) ? try self.parameters() : []
        guard case .call(let call) = try expression() else {
            throw Failure.syntax("expected call", at: offset)
        }
        let frame = newFrame()
        let body = try functionBody(closedBy: "endcall")
        return CallBlockStatement(
            call,
            caller: MacroDefinition(
                name: nil,
                parameters: parameters,
                body: body,
                frame: frame,
                at: offset
            )
        )
    }

    private mutating func parameters() throws -> [MacroDefinition.Parameter] {
        try expect(.leftParenthesis)
        var parameters: [MacroDefinition.Parameter] = []
        while !isAt(.rightParenthesis) {
            if !parameters.isEmpty { try expect(.comma) }
            let (name, offset) = try expectName()
            guard !parameters.contains(where: { $0.text == name }) else {
                throw Failure.syntax("duplicate argument '\(name)'", at: offset)
            }
            var value: Expression?
            if skip(.assign) {
                value = try expression()
            } else if parameters.last?.default != nil {
                throw Failure.syntax("non-default argument follows default argument", at: offset)
            }
            parameters.append((id(of: name), name, value))
        }
        advance()
        return parameters
    }

    private mutating func block() throws -> BlockStatement {
        advance()
        let (name, offset) = try expectName()
        let isScoped = skip(word: "scoped")
        let isRequired = skip(word: "required")
        let frame = newFrame()
        let body = try functionBody(closedBy: "endblock")
        _ = skip(word: name)
        let block = BlockStatement(
            name,
            isScoped: isScoped,
            isRequired: isRequired,
            body: body,
            frame: frame,
            at: offset
        )
        guard blocks.updateValue(block, forKey: name) == nil else {
            throw Failure.syntax("block '\(name)' defined twice", at: offset)
        }
        return block
    }

    private mutating func otherTemplate(_ tag: String) throws -> OtherTemplateStatement {
        let offset = advance().offset
        let name = try expression()
        var targets: [NameID] = []
        if tag == "import" {
            guard skip(word: "as") else { throw unexpected(expected: "as") }
            targets = [id(of: try expectName().name)]
        } else if tag == "from" {
            guard skip(word: "import") else { throw unexpected(expected: "import") }
            repeat {
                if isAt(word: "with") || isAt(word: "without"), next.kind == .name("context") {
                    break
                }
                let imported = try expectName().name
                targets.append(id(of: skip(word: "as") ? try expectName().name : imported))
            } while skip(.comma)
        }
        if tag == "include", isAt(word: "ignore"), next.kind == .name("missing") {
            advance()
            advance()
        }
        if isAt(word: "with") || isAt(word: "without"), next.kind == .name("context") {
            advance()
            advance()
        }
        return OtherTemplateStatement(name, targets: targets, at: offset)
    }

    // MARK: Targets

    private mutating func assignmentTarget(
        allowsNamespace: Bool = false,
        endWord: String? = nil
    ) throws -> AssignmentTarget {
        let offset = current.offset
        var targets: [AssignmentTarget] = []
        var isTuple = false
        while !isAtTupleEnd(endWord) {
            targets.append(try singleTarget(allowsNamespace: allowsNamespace))
            guard skip(.comma) else { break }
            isTuple = true
        }
        if isTuple { return .tuple(targets, offset: offset) }
        guard let target = targets.first else {
            throw Failure.syntax(
                "Expected an expression, got '\(current.description)'",
                at: offset
            )
        }
        return target
    }

    private mutating func singleTarget(allowsNamespace: Bool) throws -> AssignmentTarget {
        let offset = current.offset
        if allowsNamespace, case .name(let name) = current.kind, next.kind == .symbol(.dot),
            !["true", "false", "none", "True", "False", "None"].contains(name)
        {
            advance()
            advance()
            let attribute = Text(try expectName().name)
            return .attribute(ofNamespace: id(of: name), attribute, offset: offset)
        }
        return try target(from: try primary(), at: offset)
    }

    /// Takes what was read as an expression for a target, where that is possible.
    private func target(from expression: Expression, at offset: Int) throws -> AssignmentTarget {
        switch expression {
        case .name(let node): return .name(node.name, offset: node.offset)
        case .tuple(let node):
            return .tuple(
                try node.elements.map { try target(from: $0, at: offset) },
                offset: node.offset
            )
        case .constant: throw Failure.syntax("can't assign to 'const'", at: offset)
        default: throw Failure.syntax("can't assign to this expression", at: offset)
        }
    }
}
