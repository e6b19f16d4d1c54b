/// The arguments of a call, as values.
struct Arguments {
    var positional: [Value] = []
    var keywords: [(name: String, value: Value)] = []

    /// The arguments by parameter, as Python assigns them; nil where one is not given.
    ///
    /// - Throws: `Failure` where there are too many or too few, or a name is not a parameter.
    func bound(
        to function: String,
        _ parameters: [String],
        required: Int = 0,
        positionalOnly: Bool = false
    ) throws -> [Value?] {
        guard positional.count <= parameters.count else {
            throw Failure.runtime(
                "\(function)() takes at most \(parameters.count) arguments "
                    + "(\(positional.count) given)"
            )
        }
        var values: [Value?] = positional
        values += Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in keywords {
            guard !positionalOnly, let index = parameters.firstIndex(of: name) else {
                throw Failure.runtime(
                    "\(function)() got an unexpected keyword argument '\(name)'"
                )
            }
            guard values[index] == nil else {
                throw Failure.runtime("\(function)() got multiple values for argument '\(name)'")
            }
            values[index] = value
        }
        if let missing = values.prefix(required).firstIndex(where: { $0 == nil }) {
            throw Failure.runtime(
                "\(function)() missing required argument '\(parameters[missing])'"
            )
        }
        return values
    }

    /// - Throws: `Failure` where there is any argument.
    func expectNone(by function: String) throws {
        _ = try bound(to: function, [])
    }

    func keyword(_ name: String) -> Value? { keywords.first { $0.name == name }?.value }
}
