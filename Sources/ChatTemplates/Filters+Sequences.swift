extension Filters {
    @Sendable static func length(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "length")
        return .int(try interpreter.count(of: value))
    }

    @Sendable static func list(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "list")
        return .list(
            try SequenceObject(try interpreter.elements(of: value), interpreter.budget)
        )
    }

    @Sendable static func items(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "items")
        let source: Value
        switch value {
        case .dictionary(let object):
            source = .view(DictionaryView(kind: .items, dictionary: object))
        case .undefined: source = value
        default:
            return .generator(
                try GeneratorObject(over: 0, interpreter.budget) { _ in
                    throw Failure.runtime("Can only get item pairs from a mapping.")
                }
            )
        }
        return .generator(
            try GeneratorObject(lazily: source, interpreter.budget) { interpreter, iterator in
                try iterator.next(interpreter)
            }
        )
    }

    @Sendable static func first(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "first")
        var iterator = try interpreter.iterate(value)
        return try iterator.next(interpreter)
            ?? Undefined.message("No first item, sequence was empty.")
    }

    @Sendable static func last(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "last")
        return try reversibleElements(interpreter, value).last
            ?? Undefined.message("No last item, sequence was empty.")
    }

    private static func reversibleElements(
        _ interpreter: Interpreter,
        _ value: Value
    ) throws -> [Value] {
        switch value {
        case .generator, .loop:
            throw Failure.runtime("'\(value.typeName)' object is not reversible")
        default: return try interpreter.elements(of: value)
        }
    }

    @Sendable static func reverse(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "reverse")
        let budget = interpreter.budget
        switch value {
        case .string(let text):
            try budget.allocate(text.bytes.count, times: 4)
            try budget.walk(text)
            return .string(Text(text.scalars.reversed(), isMarkup: text.isMarkup))
        case .generator, .loop:
            let elements = try interpreter.elements(of: value)
            return .list(try SequenceObject(elements.reversed(), budget))
        default:
            return .generator(
                try GeneratorObject(try interpreter.elements(of: value).reversed(), budget)
            )
        }
    }

    @Sendable static func join(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "join", ["d", "attribute"])
        let separator = try values[0].map { try interpreter.string(of: $0) } ?? ""
        let path = try AttributePath(values[1])
        var builder = TextBuilder(interpreter.budget)
        var iterator = try interpreter.iterate(value)
        var isFirst = true
        while let element = try iterator.next(interpreter) {
            if !isFirst { try builder.append(separator) }
            isFirst = false
            let shown = try path.value(in: element, interpreter)
            try builder.append(try interpreter.string(of: shown))
        }
        return .string(try builder.text())
    }

    @Sendable static func batch(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "batch", ["linecount", "fill_with"], required: 1)
        let size = try interpreter.integer(values[0], or: 0)
        let fill = filling(values[1])
        return .generator(
            try GeneratorObject(lazily: value, interpreter.budget) { interpreter, iterator in
                let budget = interpreter.budget
                var batch: [Value] = []
                while batch.isEmpty || batch.count < size,
                    let element = try iterator.next(interpreter)
                {
                    batch.append(element)
                }
                if batch.isEmpty { return nil }
                if let fill, batch.count < size {
                    try budget.allocateValues(size - batch.count)
                    batch += Array(repeating: fill, count: size - batch.count)
                }
                return .list(try SequenceObject(batch, budget))
            }
        )
    }

    @Sendable static func slice(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "slice", ["slices", "fill_with"], required: 1)
        let count = try interpreter.integer(values[0], or: 0)
        let fill = filling(values[1])
        var index = 0
        var total = 0
        var drawn: [Value]?
        return .generator(
            try GeneratorObject(over: value.depth, interpreter.budget) { interpreter in
                let elements = try drawn ?? interpreter.elements(of: value)
                drawn = elements
                guard count != 0 else {
                    throw Failure.runtime("integer division or modulo by zero")
                }
                guard index < count else { return nil }
                defer { index += 1 }
                let hasExtra = index < elements.count % count
                let size = elements.count / count + (hasExtra ? 1 : 0)
                var slice = Array(elements.dropFirst(total).prefix(size))
                total += slice.count
                if let fill, !hasExtra { slice.append(fill) }
                return .list(try SequenceObject(slice, interpreter.budget))
            }
        )
    }

    private static func filling(_ value: Value?) -> Value? {
        if case .some(.null) = value { nil } else { value }
    }

    @Sendable static func sum(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "sum", ["attribute", "start"])
        let path = try AttributePath(values[0])
        var total = values[1] ?? .int(0)
        guard total.text == nil else {
            throw Failure.runtime("sum() can't sum strings [use ''.join(seq) instead]")
        }
        var iterator = try interpreter.iterate(value)
        while let element = try iterator.next(interpreter) {
            total = try interpreter.arithmetic(
                .add,
                total,
                try path.value(in: element, interpreter)
            )
        }
        return total
    }
}
