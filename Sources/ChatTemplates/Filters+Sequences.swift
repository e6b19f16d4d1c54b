extension Filters {
    @Sendable static func length(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "length")
        return .int(try interpreter.count(of: value))
    }

    @Sendable static func list(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "list")
        return .list(
            try SequenceObject(try interpreter.elements(of: value), interpreter.budget))
    }

    @Sendable static func items(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "items")
        let budget = interpreter.budget
        switch value {
        case .undefined: return .generator(try GeneratorObject([], budget))
        case .dictionary(let object):
            let pairs = try DictionaryView(kind: .items, dictionary: object).elements(budget)
            return .generator(try GeneratorObject(pairs, budget))
        default: throw Failure.runtime("Can only get item pairs from a mapping.")
        }
    }

    @Sendable static func first(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "first")
        var iterator = try interpreter.iterate(value)
        return try iterator.next(interpreter)
            ?? Undefined.message("No first item, sequence was empty.")
    }

    @Sendable static func last(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "last")
        return try reversibleElements(interpreter, value).last
            ?? Undefined.message("No last item, sequence was empty.")
    }

    private static func reversibleElements(
        _ interpreter: Interpreter, _ value: Value
    ) throws -> [Value] {
        switch value {
        case .generator, .loop:
            throw Failure.runtime("'\(value.typeName)' object is not reversible")
        default: return try interpreter.elements(of: value)
        }
    }

    @Sendable static func reverse(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        try arguments.expectNone(by: "reverse")
        let budget = interpreter.budget
        switch value {
        case .string(let text):
            try budget.allocate(text.bytes.count)
            return .string(Text(text.scalars.reversed(), isMarkup: text.isMarkup))
        case .generator, .loop:
            let elements = try interpreter.elements(of: value)
            return .list(try SequenceObject(elements.reversed(), budget))
        default:
            return .generator(
                try GeneratorObject(try interpreter.elements(of: value).reversed(), budget))
        }
    }

    @Sendable static func join(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
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
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "batch", ["linecount", "fill_with"], required: 1)
        let size = try interpreter.integer(values[0], or: 0)
        let budget = interpreter.budget
        var batches: [Value] = []
        var current: [Value] = []
        func flush() throws {
            batches.append(.list(try SequenceObject(current, budget)))
            current = []
        }
        for element in try interpreter.elements(of: value) {
            if current.count == size { try flush() }
            current.append(element)
        }
        if !current.isEmpty {
            if let fill = filling(values[1]), current.count < size {
                try budget.allocateValues(size - current.count)
                current += Array(repeating: fill, count: size - current.count)
            }
            try flush()
        }
        return .generator(try GeneratorObject(batches, budget))
    }

    @Sendable static func slice(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "slice", ["slices", "fill_with"], required: 1)
        let count = try interpreter.integer(values[0], or: 0)
        guard count != 0 else {
            throw Failure.runtime("integer division or modulo by zero")
        }
        let elements = try interpreter.elements(of: value)
        let budget = interpreter.budget
        try budget.allocate(max(0, count), times: 64)
        var rest = elements[...]
        var slices: [Value] = []
        for index in 0..<max(0, count) {
            let hasExtra = index < elements.count % count
            var slice = Array(rest.prefix(elements.count / count + (hasExtra ? 1 : 0)))
            rest = rest.dropFirst(slice.count)
            if let fill = filling(values[1]), !hasExtra { slice.append(fill) }
            slices.append(.list(try SequenceObject(slice, budget)))
        }
        return .generator(try GeneratorObject(slices, budget))
    }

    private static func filling(_ value: Value?) -> Value? {
        if case .some(.null) = value { nil } else { value }
    }

    @Sendable static func sum(
        _ interpreter: Interpreter, _ value: Value, _ arguments: Arguments
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
                .add, total, try path.value(in: element, interpreter))
        }
        return total
    }
}
