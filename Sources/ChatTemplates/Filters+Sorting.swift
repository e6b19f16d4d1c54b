extension Filters {
    @Sendable static func sort(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "sort", ["reverse", "case_sensitive", "attribute"])
        let ignoresCase = try !(values[1]?.isTrue() ?? false)
        let paths = try AttributePath.several(values[2])
        let budget = interpreter.budget
        let sorted = try interpreter.sorted(
            try interpreter.elements(of: value),
            reversed: try values[0]?.isTrue() ?? false
        ) { element in
            let keys = try paths.map {
                try $0.value(in: element, interpreter, ignoresCase: ignoresCase)
            }
            return .list(try SequenceObject(keys, budget))
        }
        return .list(try SequenceObject(sorted, budget))
    }

    @Sendable static func dictionarySort(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "dictsort", ["case_sensitive", "by", "reverse"])
        let by = try values[1].map { try interpreter.text($0, "dictsort") } ?? "key"
        guard by == "key" || by == "value" else {
            throw Failure.runtime("You can only sort by either \"key\" or \"value\"")
        }
        if case .undefined(let undefined) = value { throw undefined.failure }
        guard case .dictionary(let dictionary) = value else {
            throw Failure.runtime("'\(value.typeName)' object has no attribute 'items'")
        }
        let ignoresCase = try !(values[0]?.isTrue() ?? false)
        let itself = try AttributePath(nil)
        let sorted = try interpreter.sorted(
            dictionary.entries,
            reversed: try values[2]?.isTrue() ?? false
        ) {
            try itself.value(
                in: by == "key" ? $0.key : $0.value,
                interpreter,
                ignoresCase: ignoresCase
            )
        }
        let pairs = try sorted.map {
            Value.tuple(try SequenceObject([$0.key, $0.value], interpreter.budget))
        }
        return .list(try SequenceObject(pairs, interpreter.budget))
    }

    @Sendable static func groupBy(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(
            to: "groupby",
            ["attribute", "default", "case_sensitive"],
            required: 1
        )
        var standard = values[1]
        if case .some(.null) = standard { standard = nil }
        let ignoresCase = try !(values[2]?.isTrue() ?? false)
        let path = try AttributePath(values[0])
        func key(_ element: Value, ignoresCase: Bool) throws -> Value {
            try path.value(
                in: element,
                interpreter,
                default: standard,
                ignoresCase: ignoresCase
            )
        }
        let sorted = try interpreter.sorted(try interpreter.elements(of: value)) {
            try key($0, ignoresCase: ignoresCase)
        }
        var groups: [(key: Value, elements: [Value])] = []
        for element in sorted {
            let place = try key(element, ignoresCase: ignoresCase)
            if let last = groups.last, try interpreter.areEqual(last.key, place) {
                groups[groups.count - 1].elements.append(element)
            } else {
                groups.append((place, [element]))
            }
        }
        let budget = interpreter.budget
        let tuples = try groups.map { group -> Value in
            let shown = try group.elements.first.map { try key($0, ignoresCase: false) }
            let elements = Value.list(try SequenceObject(group.elements, budget))
            return .tuple(
                try SequenceObject(
                    [shown ?? group.key, elements],
                    fieldNames: ["grouper", "list"],
                    budget
                )
            )
        }
        return .list(try SequenceObject(tuples, budget))
    }

    @Sendable static func unique(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(to: "unique", ["case_sensitive", "attribute"])
        let ignoresCase = try !(values[0]?.isTrue() ?? false)
        let path = try AttributePath(values[1])
        var seen: Set<DictionaryKey> = []
        return .generator(
            try GeneratorObject(lazily: value, interpreter.budget) { interpreter, iterator in
                while let element = try iterator.next(interpreter) {
                    let key = try path.value(
                        in: element,
                        interpreter,
                        ignoresCase: ignoresCase
                    )
                    if seen.insert(try DictionaryKey(key, interpreter.budget)).inserted {
                        return element
                    }
                }
                return nil
            }
        )
    }

    @Sendable static func minimum(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try extreme(interpreter, value, arguments, "min", "<")
    }

    @Sendable static func maximum(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try extreme(interpreter, value, arguments, "max", ">")
    }

    private static func extreme(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments,
        _ name: String,
        _ symbol: String
    ) throws -> Value {
        let values = try arguments.bound(to: name, ["case_sensitive", "attribute"])
        let ignoresCase = try !(values[0]?.isTrue() ?? false)
        let path = try AttributePath(values[1])
        var best: (element: Value, key: Value)?
        var iterator = try interpreter.iterate(value)
        while let element = try iterator.next(interpreter) {
            let key = try path.value(in: element, interpreter, ignoresCase: ignoresCase)
            if let best, try !interpreter.isOrdered(key, best.key, symbol) { continue }
            best = (element, key)
        }
        return best?.element ?? Undefined.message("No aggregated item, sequence was empty.")
    }
}
