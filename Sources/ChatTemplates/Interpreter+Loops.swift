extension Interpreter {
    func run(_ statement: ForStatement, _ scope: Scope) throws -> Flow {
        let sequence = try evaluate(statement.sequence, scope)
        guard statement.isRecursive else {
            return try loop(statement, sequence, scope, recursion: nil, recursionDepth: 0)
        }
        try write(
            try loopRecursively(.init(statement: statement, scope: scope), sequence, depth: 0)
        )
        return .normal
    }

    /// Renders a recursive loop over a sequence: its start, or a call of `loop(…)`.
    func loopRecursively(
        _ recursion: LoopObject.Recursion,
        _ sequence: Value,
        depth: Int
    ) throws -> Text {
        try capture {
            _ = try loop(
                recursion.statement,
                sequence,
                recursion.scope,
                recursion: recursion,
                recursionDepth: depth
            )
        }
    }

    private func loop(
        _ statement: ForStatement,
        _ sequence: Value,
        _ scope: Scope,
        recursion: LoopObject.Recursion?,
        recursionDepth: Int
    ) throws -> Flow {
        offset = statement.offset
        var source = try iterate(sequence)
        var count = try knownCount(of: sequence)
        if let test = statement.test {
            source = try filtered(source, statement, test, scope)
            count = nil
        }
        let loop = try LoopObject(
            source,
            count: count,
            recursion: recursion,
            recursionDepth: recursionDepth,
            budget
        )
        // Python notes at the end of the body that an iteration took place, so that one which
        // ends with `continue` or `break` does not count for `else`.
        var isComplete = false
        while let element = try loop.next(self) {
            let inner = makeScope(statement.frames.body, in: scope)
            inner.set(WellKnownName.loop.rawValue, .loop(loop))
            try assign(element, to: statement.target, inner)
            switch try execute(statement.body, inner) {
            case .normal: isComplete = true
            case .continue: continue
            case .break: return try otherwise(statement, scope, unless: isComplete)
            }
        }
        return try otherwise(statement, scope, unless: isComplete)
    }

    private func otherwise(
        _ statement: ForStatement,
        _ scope: Scope,
        unless isComplete: Bool
    ) throws -> Flow {
        if isComplete || statement.otherwise.isEmpty { return .normal }
        return try execute(
            statement.otherwise,
            makeScope(statement.frames.otherwise, in: scope)
        )
    }

    private func filtered(
        _ source: ValueIterator,
        _ statement: ForStatement,
        _ test: Expression,
        _ scope: Scope
    ) throws -> ValueIterator {
        var source = source
        let inner = makeScope(statement.frames.test, in: scope)
        return ValueIterator(
            try GeneratorObject(over: source.depth, budget) { interpreter in
                while let element = try source.next(interpreter) {
                    try interpreter.assign(element, to: statement.target, inner)
                    if try interpreter.evaluate(test, inner).isTrue() { return element }
                }
                return nil
            }
        )
    }

    // MARK: Walking through values

    /// Walks through a value as Python's `iter` does.
    func iterate(_ value: Value) throws -> ValueIterator {
        if case .generator(let generator) = value { return ValueIterator(generator) }
        return ValueIterator(try elements(of: value))
    }

    /// All elements of a value that can be walked through.
    func elements(of value: Value) throws -> [Value] {
        switch value {
        case .undefined: return []
        case .list(let object), .tuple(let object): return object.elements
        case .dictionary(let object):
            try budget.allocateValues(object.entries.count)
            return object.entries.map(\.key)
        case .view(let view): return try view.elements(budget)
        case .string(let text):
            try budget.allocate(text.bytes.count, times: 64)
            return text.plain.characters.map { .string($0) }
        case .range(let range):
            try budget.allocateValues(range.count)
            return (0..<range.count).map { .int(range[$0]) }
        case .generator(let generator):
            var iterator = ValueIterator(generator)
            return try iterator.rest(self)
        case .loop(let loop):
            var values: [Value] = []
            while let value = try loop.next(self) {
                values.append(.tuple(try SequenceObject([value, .loop(loop)], budget)))
            }
            return values
        default: throw Failure.runtime("'\(value.typeName)' object is not iterable")
        }
    }

    /// Python's `len`, or nil where the value has none.
    func knownCount(of value: Value) throws -> Int? {
        switch value {
        case .undefined: return 0
        case .list(let object), .tuple(let object): return object.elements.count
        case .dictionary(let object): return object.entries.count
        case .view(let view): return view.dictionary.entries.count
        case .string(let text):
            try budget.scan(text)
            return text.count
        case .range(let range): return range.count
        case .loop(let loop): return try loop.attribute("length", self)?.index
        default: return nil
        }
    }

    func count(of value: Value) throws -> Int {
        guard let count = try knownCount(of: value) else {
            throw Failure.runtime("object of type '\(value.typeName)' has no len()")
        }
        return count
    }
}
