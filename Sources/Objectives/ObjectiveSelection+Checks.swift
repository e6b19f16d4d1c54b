extension ObjectiveSelection {
    /// Checks the objectives, their weights and their parameters.
    func checkTerms() throws(ObjectiveError) {
        guard let first = terms.first else {
            throw ObjectiveError("loss", found: "empty", allowed: "at least one objective")
        }
        var seen: Set<String> = []
        for term in terms {
            let objective = term.objective
            guard seen.insert(objective.name).inserted else {
                throw ObjectiveError(
                    "loss",
                    found: "\(names), which has \(objective.name) twice",
                    allowed: "each objective once"
                )
            }
            guard objective.kind == first.objective.kind else {
                throw ObjectiveError(
                    "loss",
                    found: "\(names), of which \(first.objective.name) is for "
                        + "\(first.objective.kind.rawValue) and \(objective.name) for "
                        + objective.kind.rawValue,
                    allowed: "one kind of data"
                )
            }
            guard term.weight > 0, term.weight.isFinite else {
                throw ObjectiveError(
                    "loss-weights",
                    found: "\(term.weight) for \(objective.name)",
                    allowed: "a number above 0"
                )
            }
            for parameter in objective.parameters {
                let value = term.values[parameter.name] ?? parameter.defaultValue
                guard parameter.allows(value) else {
                    throw ObjectiveError(
                        parameter.name.rawValue,
                        found: "\(value)",
                        allowed: parameter.range + " for \(objective.name)"
                    )
                }
            }
        }
    }

    /// Checks what changes the objectives.
    func checkModifiers() throws(ObjectiveError) {
        let divergence = modifiers.divergence
        if divergence.kind != .reverseKL {
            try requireUse("divergence", divergence.kind.rawValue, by: \.allowsDivergence)
            // What is left of log Z where only one answer's score counts is not theirs to ignore.
            for term in terms where term.objective.needsReference {
                guard term.objective.allowsDivergence else {
                    throw ObjectiveError(
                        "divergence",
                        found: "\(divergence.kind.rawValue), for which \(term.objective.name) has "
                            + "no meaning",
                        allowed: "one of " + Objective.list(where: \.allowsDivergence)
                    )
                }
            }
            guard divergence.alpha.isFinite else {
                throw ObjectiveError(
                    "divergence-alpha",
                    found: "\(divergence.alpha)",
                    allowed: "a number"
                )
            }
        }
        if let desensitization = modifiers.lengthDesensitization {
            let alpha = desensitization.alpha
            guard (0...1).contains(alpha) else {
                throw ObjectiveError("ld-alpha", found: "\(alpha)", allowed: "0 to 1")
            }
            try requireUse("ld-alpha", "\(alpha)", by: \.allowsLengthDesensitization)
        }
        if modifiers.lengthNormalization == .mean {
            try requireUse("length-normalization", "mean", by: \.allowsLengthNormalization)
        }
        if modifiers.usesPolicyWeights {
            for term in terms {
                guard term.objective.allowsPolicyWeights else {
                    throw ObjectiveError(
                        "wpo",
                        found: "on, and \(term.objective.name) has no pairs to weigh",
                        allowed: "one of " + Objective.list(where: \.allowsPolicyWeights)
                    )
                }
            }
        }
        if let adaptive = modifiers.adaptiveBeta {
            let sensitivity = adaptive.sensitivity
            guard sensitivity >= 0, sensitivity.isFinite else {
                throw ObjectiveError(
                    "adaptive-beta",
                    found: "\(sensitivity)",
                    allowed: "a number of at least 0"
                )
            }
            try requireUse("adaptive-beta", "\(sensitivity)", by: \.allowsAdaptiveBeta)
        }
    }

    /// Refuses what all chosen objectives would ignore.
    ///
    /// - Parameter fits: whether an objective makes use of the setting.
    public func requireUse(
        _ setting: String,
        _ value: String,
        by fits: (Objective) -> Bool
    ) throws(ObjectiveError) {
        guard !terms.contains(where: { fits($0.objective) }) else { return }
        throw ObjectiveError(
            setting,
            found: "\(value), which \(names) would ignore",
            allowed: "one of " + Objective.list(where: fits)
        )
    }
}
