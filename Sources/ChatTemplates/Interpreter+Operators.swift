extension Interpreter {
    func negated(_ value: Value) throws -> Value {
        switch try Number(value, for: "unary -") {
        case .int(let value): try Number.compute(.subtract, .int(0), .int(value)).value
        case .float(let value): .float(-value)
        }
    }

    /// A binary operator on two values.
    func arithmetic(_ symbol: Token.Symbol, _ left: Value, _ right: Value) throws -> Value {
        if let left = Number(left), let right = Number(right) {
            return try Number.compute(symbol, left, right).value
        }
        if symbol == .modulo, let format = left.text {
            return .string(try formatted(format, with: right))
        }
        if case .undefined(let undefined) = left { throw undefined.failure }
        if case .undefined(let undefined) = right { throw undefined.failure }
        switch (symbol, left, right) {
        case (_, .largeInteger, _), (_, _, .largeInteger): throw Number.tooLarge
        case (.add, .string(let left), .string(let right)):
            return .string(try joined(left, right))
        case (.add, .list(let left), .list(let right)):
            return .list(try joined(left, right))
        case (.add, .tuple(let left), .tuple(let right)):
            return .tuple(try joined(left, right))
        case (.multiply, _, _):
            if let count = right.index { return try repeated(left, count) }
            if let count = left.index { return try repeated(right, count) }
        case (.add, .string, _):
            throw Failure.runtime(
                "can only concatenate str (not \"\(right.typeName)\") to str"
            )
        default: break
        }
        throw Failure.runtime(
            "unsupported operand type(s) for \(symbol.rawValue): "
                + "'\(left.typeName)' and '\(right.typeName)'"
        )
    }

    private func joined(_ left: Text, _ right: Text) throws -> Text {
        let isMarkup = left.isMarkup || right.isMarkup
        let (left, right) = isMarkup ? (try escaped(left), try escaped(right)) : (left, right)
        try budget.allocate(left.bytes.count + right.bytes.count + 32)
        return Text(left.bytes + right.bytes, isMarkup: isMarkup)
    }

    private func joined(_ left: SequenceObject, _ right: SequenceObject) throws -> SequenceObject {
        try budget.allocateValues(left.elements.count + right.elements.count)
        return try SequenceObject(left.elements + right.elements, budget)
    }

    private func repeated(_ value: Value, _ count: Int) throws -> Value {
        let count = max(0, count)
        switch value {
        case .string(let text):
            var builder = TextBuilder(budget)
            try builder.append(text, times: count)
            return .string(try builder.text(isMarkup: text.isMarkup))
        case .list(let object): return .list(try repeated(object, count))
        case .tuple(let object): return .tuple(try repeated(object, count))
        default:
            throw Failure.runtime("can't multiply sequence by non-int of type '\(value.typeName)'")
        }
    }

    private func repeated(_ object: SequenceObject, _ count: Int) throws -> SequenceObject {
        let stride = MemoryLayout<Value>.stride
        let (size, overflow) = object.elements.count.multipliedReportingOverflow(by: stride)
        try budget.allocate(overflow ? Int.max : size, times: count)
        var elements: [Value] = []
        for _ in 0..<(object.elements.isEmpty ? 0 : count) { elements += object.elements }
        return try SequenceObject(elements, budget)
    }

    // MARK: Comparisons

    func compare(
        _ comparison: ComparisonNode.Operator,
        _ left: Value,
        _ right: Value
    ) throws -> Bool {
        switch comparison {
        case .equal: try areEqual(left, right)
        case .notEqual: try !areEqual(left, right)
        case .less: try isOrdered(left, right, "<")
        case .lessOrEqual: try isOrdered(left, right, "<=")
        case .greater: try isOrdered(left, right, ">")
        case .greaterOrEqual: try isOrdered(left, right, ">=")
        case .in: try contains(right, left)
        case .notIn: try !contains(right, left)
        }
    }

    /// Python's `==`.
    func areEqual(_ left: Value, _ right: Value) throws -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try budget.step(min(left.bytes.count, right.bytes.count) >> 8)
            return left == right
        case (.null, .null), (.undefined, .undefined): return true
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            return try areEqual(left, right)
        case (.dictionary(let left), .dictionary(let right)): return try areEqual(left, right)
        case (.range(let left), .range(let right)):
            return left.count == right.count
                && (left.count == 0 || left.start == right.start)
                && (left.count <= 1 || left.step == right.step)
        case (.view(let left), .view(let right)):
            return try areEqual(left, right)
        default: break
        }
        switch (Number(left), Number(right)) {
        case (.int(let left), .int(let right)): return left == right
        case (.float(let left), .float(let right)): return left == right
        case (.int(let left), .float(let right)), (.float(let right), .int(let left)):
            return Int(exactly: right) == left
        default: return areIdentical(left, right)
        }
    }

    private func areEqual(_ left: SequenceObject, _ right: SequenceObject) throws -> Bool {
        if left === right { return true }
        guard left.elements.count == right.elements.count else { return false }
        try budget.enter()
        defer { budget.leave() }
        try budget.step(left.elements.count)
        for (left, right) in zip(left.elements, right.elements) {
            guard try areEqual(left, right) else { return false }
        }
        return true
    }

    private func areEqual(_ left: DictionaryObject, _ right: DictionaryObject) throws -> Bool {
        if left === right { return true }
        guard left.entries.count == right.entries.count else { return false }
        try budget.enter()
        defer { budget.leave() }
        try budget.step(left.entries.count)
        for (key, value) in left.entries {
            guard let other = try right.value(for: key, budget), try areEqual(value, other) else {
                return false
            }
        }
        return true
    }

    private func areEqual(_ left: DictionaryView, _ right: DictionaryView) throws -> Bool {
        guard left.kind != .values, right.kind != .values else {
            return left.kind == right.kind && left.dictionary === right.dictionary
        }
        guard left.dictionary.entries.count == right.dictionary.entries.count else { return false }
        for element in try left.elements(budget) {
            guard try contains(.view(right), element) else { return false }
        }
        return true
    }

    /// Python's `is`; small integers and equal strings count as one object.
    func areIdentical(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.float(let left), .float(let right)): left == right
        case (.largeInteger(let left), .largeInteger(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.list(let left), .list(let right)): left === right
        case (.tuple(let left), .tuple(let right)): left === right
        case (.dictionary(let left), .dictionary(let right)): left === right
        case (.undefined(let left), .undefined(let right)): left === right
        case (.range(let left), .range(let right)): left === right
        case (.generator(let left), .generator(let right)): left === right
        case (.namespace(let left), .namespace(let right)): left === right
        case (.macro(let left), .macro(let right)): left === right
        case (.loop(let left), .loop(let right)): left === right
        case (.cycler(let left), .cycler(let right)): left === right
        case (.joiner(let left), .joiner(let right)): left === right
        case (.function(let left), .function(let right)): left == right
        default: false
        }
    }

    /// Python's `<` and its kin.
    func isOrdered(_ left: Value, _ right: Value, _ symbol: String) throws -> Bool {
        if case .undefined(let undefined) = left { throw undefined.failure }
        if case .undefined(let undefined) = right { throw undefined.failure }
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try budget.step(min(left.bytes.count, right.bytes.count) >> 8)
            return holds(symbol, left, right)
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            return try isOrdered(left, right, symbol)
        case (.largeInteger, _), (_, .largeInteger): throw Number.tooLarge
        default: break
        }
        switch (Number(left), Number(right)) {
        case (.int(let left), .int(let right)): return holds(symbol, left, right)
        case (let left?, let right?): return holds(symbol, left.double, right.double)
        default:
            throw Failure.runtime(
                "'\(symbol)' not supported between instances of '\(left.typeName)' and "
                    + "'\(right.typeName)'"
            )
        }
    }

    private func holds<Order: Comparable>(_ symbol: String, _ left: Order, _ right: Order) -> Bool {
        switch symbol {
        case "<": left < right
        case "<=": left <= right
        case ">": left > right
        default: left >= right
        }
    }

    private func isOrdered(
        _ left: SequenceObject,
        _ right: SequenceObject,
        _ symbol: String
    ) throws -> Bool {
        try budget.enter()
        defer { budget.leave() }
        for (left, right) in zip(left.elements, right.elements) {
            try budget.step()
            if try !areEqual(left, right) { return try isOrdered(left, right, symbol) }
        }
        return holds(symbol, left.elements.count, right.elements.count)
    }

    /// Python's `element in container`.
    func contains(_ container: Value, _ element: Value) throws -> Bool {
        switch container {
        case .string(let text):
            guard let part = element.text else {
                throw Failure.runtime(
                    "'in <string>' requires string as left operand, not \(element.typeName)"
                )
            }
            return try text.contains(part, budget)
        case .dictionary(let object): return try object.value(for: element, budget) != nil
        case .view(let view) where view.kind == .keys:
            return try view.dictionary.value(for: element, budget) != nil
        case .undefined, .list, .tuple, .range, .view, .generator, .loop:
            var iterator = try iterate(container)
            while let value = try iterator.next(self) {
                if try areEqual(value, element) { return true }
            }
            return false
        default:
            throw Failure.runtime("argument of type '\(container.typeName)' is not iterable")
        }
    }
}
