extension Parser {
    /// An expression, with `a if b else c` where `allowsConditional`.
    mutating func expression(allowsConditional: Bool = true) throws -> Expression {
        try descend()
        defer { ascend() }
        let offset = current.offset
        let value = try binary(.or)
        guard allowsConditional, isAt(word: "if") else { return value }
        return try conditional(value, offset)
    }

    private mutating func conditional(_ first: Expression, _ offset: Int) throws -> Expression {
        var value = first
        var tallest = height
        while skip(word: "if") {
            var arms = [(value: value, condition: try binary(.or))]
            tallest = max(tallest, height)
            var otherwise: Expression?
            // `else` binds to the right: a chain of them is one list of arms.
            while skip(word: "else") {
                let next = try binary(.or)
                tallest = max(tallest, height)
                guard skip(word: "if") else {
                    otherwise = next
                    break
                }
                arms.append((next, try binary(.or)))
                tallest = max(tallest, height)
            }
            value = .conditional(ConditionalNode(arms, otherwise: otherwise, at: offset))
            try raise(above: tallest)
            tallest = height
        }
        return value
    }

    /// Ranks of binary operators, from the loosest.
    ///
    /// `not` stands between `and` and comparisons, and `~` binds tighter than `+`.
    private enum Rank: Int {
        case or, and, comparison, additive, concatenation, multiplicative, power, operand

        var tighter: Rank { Rank(rawValue: rawValue + 1) ?? .operand }
    }

    /// The rank of the operator that comes next, if one does.
    private var nextRank: Rank? {
        switch current.kind {
        case .symbol(let symbol):
            switch symbol {
            case .equal, .notEqual, .greater, .greaterOrEqual, .less, .lessOrEqual: .comparison
            case .add, .subtract: .additive
            case .tilde: .concatenation
            case .multiply, .divide, .floorDivide, .modulo: .multiplicative
            case .power: .power
            default: nil
            }
        case .name("or"): .or
        case .name("and"): .and
        case .name("in"): .comparison
        case .name("not"): next.kind == .name("in") ? .comparison : nil
        default: nil
        }
    }

    /// Operands with operators of this rank or a tighter one between them.
    ///
    /// Goes one call deeper only where a tighter operator stands there, for stacks are small.
    private mutating func binary(_ loosest: Rank) throws -> Expression {
        var value =
            isAt(word: "not") && loosest.rawValue <= Rank.comparison.rawValue
            ? try not() : try unary()
        while let rank = nextRank, rank.rawValue >= loosest.rawValue {
            value = try chain(value, rank)
        }
        return value
    }

    private mutating func not() throws -> Expression {
        try descend()
        defer { ascend() }
        let offset = advance().offset
        let operand = isAt(word: "not") ? try not() : try binary(.comparison)
        try raise(above: height)
        return .unary(UnaryNode(.not, operand, at: offset))
    }

    /// All operators of a rank that follow a first operand.
    private mutating func chain(_ first: Expression, _ rank: Rank) throws -> Expression {
        try descend()
        defer { ascend() }
        let offset = current.offset
        var tallest = height
        var operands = [first]
        var symbols: [(symbol: Token.Symbol, offset: Int)] = []
        var comparisons: [ComparisonNode.Operator] = []
        while nextRank == rank {
            if rank == .comparison {
                comparisons.append(comparisonOperator())
            } else {
                let token = advance()
                if case .symbol(let symbol) = token.kind { symbols.append((symbol, token.offset)) }
            }
            operands.append(try binary(rank.tighter))
            tallest = max(tallest, height)
        }
        try raise(above: tallest)
        switch rank {
        case .or, .and: return .logical(LogicalNode(isAnd: rank == .and, operands))
        case .comparison:
            let rest = zip(comparisons, operands.dropFirst()).map { (operator: $0, value: $1) }
            return .comparison(ComparisonNode(first, rest, at: offset))
        case .concatenation: return .concatenation(ListNode(operands, at: offset))
        default:
            let rest = zip(symbols, operands.dropFirst()).map { ($0.symbol, $1, $0.offset) }
            return .arithmetic(ArithmeticNode(first, rest))
        }
    }

    private mutating func comparisonOperator() -> ComparisonNode.Operator {
        let token = advance()
        switch token.kind {
        case .symbol(let symbol):
            return ComparisonNode.Operator(rawValue: symbol.rawValue) ?? .equal
        case .name("not"):
            advance()
            return .notIn
        default: return .in
        }
    }

    private mutating func unary(withFilters: Bool = true) throws -> Expression {
        let offset = current.offset
        var value: Expression
        if isAt(.subtract) || isAt(.add) {
            let sign = isAt(.subtract) ? UnaryNode.Operator.negative : .positive
            advance()
            try descend()
            defer { ascend() }
            let operand = try unary(withFilters: false)
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
