extension Interpreter {
    /// `object.name`: an attribute, else an item, else undefined.
    func attribute(_ name: Text, of object: Value) throws -> Value {
        if case .undefined(let undefined) = object {
            // Undefined is a Python object too, and what all of them have is hidden, not missing.
            if name == "__class__" || name == "__init__" || name == "__doc__" {
                return Undefined.unsafe(name, of: object)
            }
            throw undefined.failure
        }
        if let value = try pythonAttribute(name, of: object) { return value }
        if case .dictionary(let dictionary) = object, let value = dictionary.value(for: name) {
            return value
        }
        return Undefined.attribute(name, of: object)
    }

    /// `object[key]`: an item, else an attribute, else undefined.
    func item(_ key: Value, of object: Value) throws -> Value {
        switch object {
        case .undefined(let undefined): throw undefined.failure
        case .dictionary(let dictionary):
            if let value = try valueIfHashable(key, in: dictionary) { return value }
        case .list(let sequence), .tuple(let sequence):
            if let index = position(key, in: sequence.elements.count) {
                return sequence.elements[index]
            }
        case .string(let text):
            if key.index != nil, let index = position(key, in: text.count) {
                try budget.scan(text)
                return .string(text.slice(index, index + 1))
            }
        case .range(let range):
            if let index = position(key, in: range.count) { return .int(range[index]) }
        default: break
        }
        guard let name = key.text else { return Undefined.element(key, of: object) }
        return try pythonAttribute(name, of: object) ?? Undefined.attribute(name, of: object)
    }

    /// The value of a key; none where the key cannot be one, for Jinja catches that TypeError.
    private func valueIfHashable(_ key: Value, in dictionary: DictionaryObject) throws -> Value? {
        do {
            return try dictionary.value(for: key, budget)
        } catch let failure as Failure where failure.kind == .runtime {
            return nil
        }
    }

    private func position(_ key: Value, in count: Int) -> Int? {
        guard let index = key.index else { return nil }
        let position = index < 0 ? index.addingReportingOverflow(count).partialValue : index
        return (0..<count).contains(position) ? position : nil
    }

    // MARK: Slices

    func slice(of object: Value, _ bounds: [Value]) throws -> Value {
        if case .undefined(let undefined) = object { throw undefined.failure }
        let count: Int
        switch object {
        case .string, .list, .tuple, .range: count = try self.count(of: object)
        case .dictionary: throw Failure.runtime("unhashable type: 'slice'")
        default: throw Failure.runtime("'\(object.typeName)' object is not subscriptable")
        }
        let slice = try Slice(bounds, count: count)
        switch object {
        case .string(let text):
            try budget.allocate(text.bytes.count)
            try budget.scan(text)
            if slice.step == 1 { return .string(text.slice(slice.start, slice.stop)) }
            let scalars = text.scalars
            return .string(Text(slice.indices.map { scalars[$0] }, isMarkup: text.isMarkup))
        case .list(let sequence): return .list(try elements(of: sequence, slice))
        case .tuple(let sequence): return .tuple(try elements(of: sequence, slice))
        case .range(let range):
            return .range(
                try RangeObject(
                    start: range.start &+ slice.start &* range.step,
                    stop: range.start &+ slice.stop &* range.step,
                    step: range.step &* slice.step
                )
            )
        default: return .null
        }
    }

    private func elements(of sequence: SequenceObject, _ slice: Slice) throws -> SequenceObject {
        let indices = slice.indices
        try budget.allocateValues(indices.count)
        return try SequenceObject(indices.map { sequence.elements[$0] }, budget)
    }

    // MARK: Python's own attributes

    /// What `getattr` finds and the sandbox allows; undefined where the sandbox refuses; nil where
    /// there is no such attribute.
    func pythonAttribute(_ name: Text, of object: Value) throws -> Value? {
        // Cheap for what nearly every lookup is: a key of a dict that no method is named after.
        let string = name.string
        if case .namespace(let namespace) = object {
            return namespace.attributes.value(for: name)
        }
        if string.hasPrefix("__"), string.hasSuffix("__") {
            if case .dictionary(let dictionary) = object, dictionary.value(for: name) != nil {
                return nil
            }
            return Undefined.unsafe(name, of: object)
        }
        switch object {
        case .dictionary, .list, .tuple, .string, .range, .int, .bool, .float, .view:
            if Methods.isForbidden(string, on: object) { return Undefined.unsafe(name, of: object) }
            if Methods.exists(string, on: object) {
                return .method(try MethodObject(object, string, budget))
            }
            return try field(string, of: object)
        case .loop(let loop): return try loop.attribute(string, self)
        case .macro(let macro): return try field(string, of: macro)
        case .cycler(let cycler):
            switch string {
            case "current": return cycler.current
            case "items": return .tuple(cycler.items)
            case "pos": return .int(cycler.position)
            case "next", "reset": return .method(try MethodObject(object, string, budget))
            default: return nil
            }
        case .joiner(let joiner):
            switch string {
            case "sep": return joiner.separator
            case "used": return .bool(joiner.isUsed)
            default: return nil
            }
        case .function(.dict) where string == "fromkeys":
            return .method(try MethodObject(object, string, budget))
        case .function(.template):
            guard let block = template.blocks[string] else { return nil }
            return .block(BlockReference(block))
        default: return nil
        }
    }

    private func field(_ name: String, of object: Value) throws -> Value? {
        switch (object, name) {
        case (.tuple(let sequence), _):
            sequence.fieldNames.firstIndex(of: name).map { sequence.elements[$0] }
        case (.range(let range), "start"): .int(range.start)
        case (.range(let range), "stop"): .int(range.stop)
        case (.range(let range), "step"): .int(range.step)
        case (.int, "real"), (.int, "numerator"), (.float, "real"): object
        case (.bool(let value), "real"), (.bool(let value), "numerator"): .int(value ? 1 : 0)
        case (.int, "imag"), (.bool, "imag"): .int(0)
        case (.float, "imag"): .float(0)
        case (.int, "denominator"), (.bool, "denominator"): .int(1)
        default: nil
        }
    }

    private func field(_ name: String, of macro: MacroObject) throws -> Value? {
        let layout = template.layouts[macro.definition.frame]
        switch name {
        case "name": return macro.definition.name.map { .string($0) } ?? Value.null
        case "arguments":
            return .tuple(
                try SequenceObject(
                    macro.definition.parameters.map { .string($0.text) },
                    budget
                )
            )
        case "catch_kwargs": return .bool(layout.usesKeywords)
        case "catch_varargs": return .bool(layout.usesVariadic)
        case "caller": return .bool(layout.usesCaller)
        case "explicit_caller":
            return .bool(macro.definition.parameters.contains { $0.text == "caller" })
        default: return nil
        }
    }
}

/// A slice `start:stop:step` fitted to a sequence, as Python's `slice.indices` does.
struct Slice {
    let start, stop, step: Int

    init(_ bounds: [Value], count: Int) throws {
        let values = try bounds.map { bound -> Int? in
            if case .null = bound { return nil }
            guard let index = bound.index else {
                throw Failure.runtime(
                    "slice indices must be integers or None or have an __index__ method"
                )
            }
            return index
        }
        let step = max(values[2] ?? 1, -Int.max)
        guard step != 0 else { throw Failure.runtime("slice step cannot be zero") }
        let lowest = step < 0 ? -1 : 0
        let highest = step < 0 ? count - 1 : count
        func fitted(_ value: Int) -> Int {
            let index = value < 0 ? value.addingReportingOverflow(count).partialValue : value
            return min(max(index, lowest), highest)
        }
        start = values[0].map(fitted) ?? (step < 0 ? highest : 0)
        stop = values[1].map(fitted) ?? (step < 0 ? -1 : count)
        self.step = step
    }

    var indices: [Int] { Array(stride(from: start, to: stop, by: step)) }
}
