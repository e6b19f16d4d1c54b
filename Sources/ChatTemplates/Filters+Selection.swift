extension Filters {
    /// What falsy values, walkable or not, are walked through as.
    private static var nothing: Value { Undefined.message("nothing") }

    @Sendable static func map(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let isEmpty = try !value.isTrue()
        return .generator(
            try GeneratorObject(lazily: isEmpty ? nothing : value, interpreter.budget) {
                interpreter,
                iterator in
                guard let element = try iterator.next(interpreter) else { return nil }
                if arguments.positional.isEmpty, let attribute = arguments.keyword("attribute") {
                    if let other = arguments.keywords.first(where: {
                        $0.name != "attribute" && $0.name != "default"
                    }) {
                        throw Failure.runtime("Unexpected keyword argument '\(other.name)'")
                    }
                    var standard = arguments.keyword("default")
                    if case .some(.null) = standard { standard = nil }
                    return try AttributePath(attribute).value(
                        in: element,
                        interpreter,
                        default: standard
                    )
                }
                guard let name = arguments.positional.first else {
                    throw Failure.runtime("map requires a filter argument")
                }
                guard let text = name.text, let filter = Filters.named(text.string) else {
                    let shown = try interpreter.representation(of: name).string
                    throw Failure.runtime("No filter named \(shown).")
                }
                return try filter(interpreter, element, arguments.droppingFirst(1))
            }
        )
    }

    @Sendable static func select(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try filtered(interpreter, value, arguments, keeps: true, byAttribute: false)
    }

    @Sendable static func reject(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try filtered(interpreter, value, arguments, keeps: false, byAttribute: false)
    }

    @Sendable static func selectAttribute(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try filtered(interpreter, value, arguments, keeps: true, byAttribute: true)
    }

    @Sendable static func rejectAttribute(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        try filtered(interpreter, value, arguments, keeps: false, byAttribute: true)
    }

    /// Lazily, as in Jinja: what is wrong with the arguments shows at the first element.
    private static func filtered(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments,
        keeps: Bool,
        byAttribute: Bool
    ) throws -> Value {
        let isEmpty = try !value.isTrue()
        return .generator(
            try GeneratorObject(lazily: isEmpty ? nothing : value, interpreter.budget) {
                interpreter,
                iterator in
                while let element = try iterator.next(interpreter) {
                    let holds = try Filters.holds(
                        interpreter,
                        element,
                        arguments,
                        byAttribute: byAttribute
                    )
                    if holds == keeps { return element }
                }
                return nil
            }
        )
    }

    private static func holds(
        _ interpreter: Interpreter,
        _ element: Value,
        _ arguments: Arguments,
        byAttribute: Bool
    ) throws -> Bool {
        var tested = element
        if byAttribute {
            guard let attribute = arguments.positional.first else {
                throw Failure.runtime("Missing parameter for attribute name")
            }
            tested = try AttributePath(attribute).value(in: element, interpreter)
        }
        let rest = arguments.droppingFirst(byAttribute ? 1 : 0)
        guard let name = rest.positional.first else { return try tested.isTrue() }
        guard let text = name.text, let test = Tests.named(text.string) else {
            throw Failure.runtime(
                "No test named \(try interpreter.representation(of: name).string)."
            )
        }
        return try test(interpreter, tested, rest.droppingFirst(1))
    }
}

extension Arguments {
    fileprivate func droppingFirst(_ count: Int) -> Arguments {
        Arguments(positional: Array(positional.dropFirst(count)), keywords: keywords)
    }
}
