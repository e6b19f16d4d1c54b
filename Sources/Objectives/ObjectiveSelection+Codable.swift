extension ObjectiveSelection: Codable {
    private enum CodingKeys: String, CodingKey { case terms, modifiers }

    /// Reads and checks a selection.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            terms: container.decode([Term].self, forKey: .terms),
            modifiers: container.decode(ObjectiveModifiers.self, forKey: .modifiers)
        )
    }

    /// Writes all parameters, defaults too.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(terms, forKey: .terms)
        try container.encode(modifiers, forKey: .modifiers)
    }
}

extension ObjectiveSelection.Term: Codable {
    private enum CodingKeys: String, CodingKey { case loss, weight, parameters }

    /// Reads an objective by its name; parameters that are not there have their defaults.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let name = try container.decode(String.self, forKey: .loss)
        guard let objective = Objective.named(name) else {
            throw ObjectiveError(
                "loss",
                found: name,
                allowed: "one of " + Objective.list { _ in true }
            )
        }
        var values = objective.defaults
        for (key, value) in try container.decode([String: Double].self, forKey: .parameters) {
            guard let name = ObjectiveParameter.Name(rawValue: key), values[name] != nil else {
                throw ObjectiveError(
                    key,
                    found: "\(value), which \(objective.name) does not have",
                    allowed: "one of "
                        + objective.parameters.map(\.name.rawValue).joined(separator: ", ")
                )
            }
            values[name] = value
        }
        self.init(
            objective: objective,
            weight: try container.decode(Double.self, forKey: .weight),
            values: values
        )
    }

    /// Writes the name, the weight and all parameters.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(objective.name, forKey: .loss)
        try container.encode(weight, forKey: .weight)
        let parameters = values.map { ($0.key.rawValue, $0.value) }
        try container.encode(Dictionary(uniqueKeysWithValues: parameters), forKey: .parameters)
    }
}
