/// The objective of a run: one or several with weights, their parameters, and what changes them.
public struct ObjectiveSelection: Sendable, Equatable {
    /// An objective of a mixture.
    public struct Term: Sendable {
        /// Which one.
        public let objective: Objective
        /// How much its loss counts.
        public let weight: Double
        /// All its parameters.
        public let values: [ObjectiveParameter.Name: Double]
    }

    /// The objectives; at least one, all for one kind of data.
    public let terms: [Term]
    /// What changes them.
    public let modifiers: ObjectiveModifiers

    /// DPO with its defaults.
    public static let sigmoid = ObjectiveSelection(.sigmoid)

    /// One objective with its defaults.
    public init(_ objective: Objective) {
        terms = [Term(objective: objective, weight: 1, values: objective.defaults)]
        modifiers = ObjectiveModifiers()
    }

    /// Chooses objectives by name.
    ///
    /// - Parameters:
    ///   - names: each of `Objective.all`, once.
    ///   - weights: one per name; nil for 1 each.
    ///   - values: parameters that are not to have their defaults; each goes to all objectives that
    ///     have it.
    ///   - modifiers: what changes them.
    /// - Throws: `ObjectiveError` for whatever does not exist, lies outside its range, does not go
    ///   together or would be ignored.
    public init(
        _ names: [String],
        weights: [Double]? = nil,
        values: [ObjectiveParameter.Name: Double] = [:],
        modifiers: ObjectiveModifiers = ObjectiveModifiers()
    ) throws(ObjectiveError) {
        let weights = weights ?? Array(repeating: 1, count: names.count)
        guard weights.count == names.count else {
            throw ObjectiveError(
                "loss-weights",
                found: "a list of \(weights.count)",
                allowed: "one weight for each of \(names.count) objectives"
            )
        }
        var terms: [Term] = []
        for (name, weight) in zip(names, weights) {
            guard let objective = Objective.named(name) else {
                throw ObjectiveError(
                    "loss",
                    found: name,
                    allowed: "one of " + Objective.list { _ in true }
                )
            }
            let own = values.filter { objective.parameter($0.key) != nil }
            terms.append(
                Term(
                    objective: objective,
                    weight: weight,
                    values: objective.defaults.merging(own) { $1 }
                )
            )
        }
        try self.init(terms: terms, modifiers: modifiers)
        for name in ObjectiveParameter.Name.allCases {
            guard let value = values[name] else { continue }
            try requireUse("\(name.rawValue)", "\(value)") { $0.parameter(name) != nil }
        }
    }

    init(terms: [Term], modifiers: ObjectiveModifiers) throws(ObjectiveError) {
        self.terms = terms
        self.modifiers = modifiers
        try checkTerms()
        try checkModifiers()
    }

    /// What data it is for.
    public var kind: Objective.Kind { terms.first?.objective.kind ?? .pairs }

    /// The objectives' names, as on the command line.
    public var names: String { terms.map(\.objective.name).joined(separator: ",") }

    /// Whether the reference's log-probabilities go in.
    public var needsReference: Bool { terms.contains { $0.objective.needsReference } }

    /// Whether answers are compared or judged, and not only all wanted.
    public var judgesAnswers: Bool { terms.contains { $0.objective.takesUnwanted } }

    /// Whether log Σ p² is needed at every token.
    public var needsCollisions: Bool { modifiers.usesPolicyWeights }

    /// Whether the losses of a step depend on each other, so that no part of it can go alone.
    public var couplesStep: Bool {
        modifiers.adaptiveBeta != nil
            || terms.contains {
                if case .runningMean = $0.objective.referencePoint { return true }
                return $0.objective.couplesPairs
            }
    }

    /// Whether answers to other prompts are needed, for KTO's reference point.
    public var needsMismatchedAnswers: Bool {
        terms.contains {
            if case .mismatchedAnswers = $0.objective.referencePoint { return true }
            return false
        }
    }

    /// β of its first objective that has one, or 1: what rewards in reports are multiplied with.
    public var rewardScale: Double { terms.lazy.compactMap { $0.values[.beta] }.first ?? 1 }
}

extension Objective {
    /// The names of objectives as a list for a message.
    static func list(where fits: (Objective) -> Bool) -> String {
        all.filter(fits).map(\.name).joined(separator: ", ")
    }
}

extension ObjectiveSelection.Term: Equatable {
    /// Equal where name, weight and parameters are.
    public static func == (left: Self, right: Self) -> Bool {
        left.objective.name == right.objective.name && left.weight == right.weight
            && left.values == right.values
    }
}
