extension Parser {
    /// An expression, with `a if b else c` where `allowsConditional`.
    mutating func expression(allowsConditional: Bool = true) throws -> Expression {
        try nested { parser in
            allowsConditional ? try parser.conditional() : try parser.or()
        }
    }

    private mutating func conditional() throws -> Expression {
        let offset = current.offset
        var value = try or()
        var tallest = height
        while skip(word: "if") {
            var arms = [(value: value, condition: try or())]
            tallest = max(tallest, height)
            var otherwise: Expression?
            // `else` binds to the right: a chain of them is one list of arms.
            while skip(word: "else") {
                let next = try or()
                tallest = max(tallest, height)
                guard skip(word: "if") else {
                    otherwise = next
                    break
                }
                arms.append((next, try or()))
                tallest = max(tallest, height)
            }
            value = .conditional(ConditionalNode(arms, otherwise: otherwise, at: offset))
            try raise(above: tallest)
            tallest = height
        }
        return value
    }

    private mutating func or() throws -> Expression {
        let first = try and()
        guard isAt(word: "or") else { return first }
        var operands = [first]
        var tallest = height
        while skip(word: "or") {
            operands.append(try and())
            tallest = max(tallest, height)
        }
        try raise(above: tallest)
        return .logical(LogicalNode(isAnd: false, operands))
    }

    private mutating func and() throws -> Expression {
        let first = try not()
        guard isAt(word: "and") else { return first }
        var operands = [first]
        var tallest = height
        while skip(word: "and") {
            operands.append(try not())
            tallest = max(tallest, height)
        }
        try raise(above: tallest)
        return .logical(LogicalNode(isAnd: true, operands))
    }

    private mutating func not() throws -> Expression {
        guard isAt(word: "not") else { return try comparison() }
        let offset = advance().offset
        let operand = try nested { try $0.not() }
        try raise(above: height)
        return .unary(UnaryNode(.not, operand, at: offset))
    }

    private mutating func comparison() throws -> Expression {
        let offset = current.offset
        let first = try arithmetic(.additive)
        var rest: [(operator: ComparisonNode.Operator, value: Expression)] = []
        var tallest = height
        while let comparison = comparisonOperator() {
            rest.append((comparison, try arithmetic(.additive)))
            tallest = max(tallest, height)
        }
        guard !rest.isEmpty else { return first }
        try raise(above: tallest)
        return .comparison(ComparisonNode(first, rest, at: offset))
    }

    private mutating func comparisonOperator() -> ComparisonNode.Operator? {
        switch current.kind {
        case .symbol(let symbol):
            guard let comparison = ComparisonNode.Operator(rawValue: symbol.rawValue) else {
                return nil
            }
            advance()
            return comparison
        case .name("in"):
            advance()
            return .in
        case .name("not") where next.kind == .name("in"):
            advance()
            advance()
            return .notIn
        default: return nil
        }
    }

    /// Ranks of binary operators, from the loosest. `~` binds tighter than `+`.
    private enum Rank: Int {
        case additive, concatenation, multiplicative, power

        func contains(_ symbol: Token.Symbol) -> Bool {
            switch self {
            case .additive: symbol == .add || symbol == .subtract
            case .concatenation: symbol == .tilde
            case .multiplicative:
                [.multiply, .divide, .floorDivide, .modulo].contains(symbol)
            case .power: symbol == .power
            }
        }
    }

    private mutating func arithmetic(_ rank: Rank) throws -> Expression {
        let start = current.offset
        let first = try operand(of: rank)
        var rest: [ArithmeticNode.Operand] = []
        var tallest = height
        while case .symbol(let symbol) = current.kind, rank.contains(symbol) {
            let offset = advance().offset
            rest.append((symbol, try operand(of: rank), offset))
            tallest = max(tallest, height)
        }
        guard !rest.isEmpty else { return first }
        try raise(above: tallest)
        if rank == .concatenation {
            return .concatenation(ListNode([first] + rest.map(\.value), at: start))
        }
        return .arithmetic(ArithmeticNode(first, rest))
    }

    private mutating func operand(of rank: Rank) throws -> Expression {
        guard let tighter = Rank(rawValue: rank.rawValue + 1) else { return try unary() }
        return try arithmetic(tighter)
    }

    private mutating func unary(withFilters: Bool = true) throws -> Expression {
        let offset = current.offset
        var value: Expression
        if isAt(.subtract) || isAt(.add) {
            let sign = isAt(.subtract) ? UnaryNode.Operator.negative : .positive
            advance()
            let operand = try nested { try $0.unary(withFilters: false) }
            try raise(above: height)
            value = .unary(UnaryNode(sign, operand, at: offset))
        } else {
            value = try primary()
        }
        value = try postfix(value)
        return withFilters ? try filtersAndTests(value) : value
    }

    // MARK: After a value

    private mutating func postfix(_ value: Expression) throws -> Expression {
        var value = value
        while case .symbol(let symbol) = current.kind {
            switch symbol {
            case .dot: value = try attribute(of: value)
            case .leftBracket: value = try subscripted(value)
            case .leftParenthesis: value = .call(try call(value))
            default: return value
            }
        }
        return value
    }

    mutating func call(_ callee: Expression) throws -> CallNode {
        let offset = current.offset
        let below = height
        let arguments = try self.arguments()
        try raise(above: below, height)
        return CallNode(callee, arguments, at: offset)
    }

    private mutating func attribute(of object: Expression) throws -> Expression {
        let dot = advance().offset
        let token = advance()
        try raise(above: height)
        switch token.kind {
        case .name(let name): return .attribute(AttributeNode(object, Text(name), at: dot))
        case .integer(let index):
            return .item(ItemNode(object, .constant(.integer(index)), at: dot))
        default: throw Failure.syntax("expected name or number", at: token.offset)
        }
    }

    private mutating func subscripted(_ object: Expression) throws -> Expression {
        let offset = advance().offset
        var tallest = height
        var keys: [Expression] = []
        var slice: Expression?
        while !isAt(.rightBracket) {
            if !keys.isEmpty || slice != nil { try expect(.comma) }
            var start: Expression?
            if !isAt(.colon) {
                start = try expression()
                tallest = max(tallest, height)
            }
            if let start, !isAt(.colon) {
                keys.append(start)
                continue
            }
            guard keys.isEmpty, slice == nil else {
                throw Failure.syntax("a slice stands alone in its brackets", at: current.offset)
            }
            advance()
            let stop = try sliceBound(&tallest)
            let step = skip(.colon) ? try sliceBound(&tallest) : nil
            slice = .slice(SliceNode(object, (start, stop, step), at: offset))
        }
        try expect(.rightBracket)
        try raise(above: tallest)
        if let slice {
            guard keys.isEmpty else {
                throw Failure.syntax("a slice stands alone in its brackets", at: offset)
            }
            return slice
        }
        let key = keys.count == 1 ? keys[0] : .tuple(ListNode(keys, at: offset))
        return .item(ItemNode(object, key, at: offset))
    }

    private mutating func sliceBound(_ tallest: inout Int) throws -> Expression? {
        if isAt(.colon) || isAt(.rightBracket) || isAt(.comma) { return nil }
        defer { tallest = max(tallest, height) }
        return try expression()
    }

    private mutating func filtersAndTests(_ value: Expression) throws -> Expression {
        var value = value
        while true {
            if isAt(.pipe) {
                advance()
                value = try filter(value)
            } else if isAt(word: "is") {
                value = try test(value)
            } else if isAt(.leftParenthesis) {
                value = .call(try call(value))
            } else {
                return value
            }
        }
    }

    /// A filter whose name comes next.
    mutating func filter(_ input: Expression?) throws -> Expression {
        let below = input == nil ? 0 : height
        let (name, offset) = try dottedName()
        height = 0
        let arguments = isAt(.leftParenthesis) ? try self.arguments() : ArgumentNodes()
        try raise(above: below, height)
        return .filter(FilterNode(input, name, arguments, at: offset))
    }

    private mutating func test(_ input: Expression) throws -> Expression {
        let offset = advance().offset
        let below = height
        let isNegated = skip(word: "not")
        let (name, _) = try dottedName()
        height = 0
        var arguments = ArgumentNodes()
        switch current.kind {
        case .symbol(.leftParenthesis): arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"): break
        case .name("is"):
            throw Failure.syntax("You cannot chain multiple tests with is", at: current.offset)
        case .name, .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace):
            let argument = try primary()
            arguments.positional = [try postfix(argument)]
        default: break
        }
        try raise(above: below, height)
        let test = Expression.test(TestNode(input, name, arguments, at: offset))
        guard isNegated else { return test }
        try raise(above: height)
        return .unary(UnaryNode(.not, test, at: offset))
    }

    private mutating func dottedName() throws -> (name: String, offset: Int) {
        var (name, offset) = try expectName()
        while skip(.dot) { name += "." + (try expectName().name) }
        return (name, offset)
    }
}
