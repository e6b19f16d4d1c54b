/// How filters such as `map(attribute=…)` and `sort(attribute=…)` reach into an element.
struct AttributePath {
    private let keys: [Value]

    /// - Parameter attribute: a name or a path with dots, an index, or None for the element itself.
    init(_ attribute: Value?) throws {
        switch attribute {
        case nil, .some(.null): keys = []
        case .string(let text):
            keys = text.string.split(separator: ".", omittingEmptySubsequences: false).map {
                let isNumber = !$0.isEmpty && $0.allSatisfy(\.isWholeNumber)
                return isNumber
                    ? Int($0).map { .int($0) } ?? .string(String($0)) : .string(String($0))
            }
        case let key?: keys = [key]
        }
    }

    /// The paths that a comma-separated attribute names.
    static func several(_ attribute: Value?) throws -> [AttributePath] {
        guard let text = attribute?.text else { return [try AttributePath(attribute)] }
        return try text.string.split(separator: ",", omittingEmptySubsequences: false).map {
            try AttributePath(.string(String($0)))
        }
    }

    /// What lies at the path.
    ///
    /// - Parameters:
    ///   - standard: what stands for something undefined on the way.
    ///   - ignoresCase: lower a text at the end.
    func value(
        in element: Value,
        _ interpreter: Interpreter,
        default standard: Value? = nil,
        ignoresCase: Bool = false
    ) throws -> Value {
        var value = element
        for key in keys {
            value = try interpreter.item(key, of: value)
            if value.isUndefined, let standard { value = standard }
        }
        guard ignoresCase, let text = value.text else { return value }
        try interpreter.budget.allocate(text.bytes.count)
        try interpreter.budget.walk(text)
        return .string(text.lowercased)
    }
}

extension Interpreter {
    /// Sorted by `<` on keys; elements with equal keys keep their order, also in reverse.
    func sorted<Element>(
        _ elements: [Element],
        reversed: Bool = false,
        by key: (Element) throws -> Value
    ) throws -> [Element] {
        let keyed = try elements.enumerated().map { (place: $0, key: try key($1), element: $1) }
        return try keyed.sorted { first, second in
            try budget.step()
            let (low, high) = reversed ? (second, first) : (first, second)
            if try isOrdered(low.key, high.key, "<") { return true }
            if try isOrdered(high.key, low.key, "<") { return false }
            return first.place < second.place
        }.map(\.element)
    }
}
