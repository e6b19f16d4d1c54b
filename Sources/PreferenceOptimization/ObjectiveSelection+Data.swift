import Files
import LanguageModels
import Objectives
import PreferenceData
import TokenTrees

extension ObjectiveSelection {
    /// Refuses a preference that the objective is not for, or of which it would ignore something.
    ///
    /// - Throws: `SettingError`.
    func requireFit(_ preference: Preference) throws {
        let isLabelled = if case .labelled = preference.judgement { true } else { false }
        guard isLabelled == (kind == .labelled) else {
            let fitting = Objective.all.filter { ($0.kind == .labelled) == isLabelled }
            throw SettingError(
                "loss",
                found: "\(names), which is for \(kind.rawValue), but \(preference.source) is "
                    + (isLabelled ? "a labelled answer" : "a comparison of answers"),
                allowed: "one of " + fitting.map(\.name).joined(separator: ", ")
            )
        }
        if preference.judgement == .labelled(false),
            let term = terms.first(where: { !$0.objective.takesUnwanted })
        {
            throw SettingError(
                "loss",
                found: "\(term.objective.name), and \(preference.source) is not wanted",
                allowed: "an objective for such answers, or data without them,"
            )
        }
        if preference.margin != 0, !terms.contains(where: \.objective.allowsMargin) {
            let fitting = Objective.all.filter(\.allowsMargin)
            throw SettingError(
                "loss",
                found: "\(names), which would ignore the margin of \(preference.source)",
                allowed: "one of " + fitting.map(\.name).joined(separator: ", ")
            )
        }
        if preference.weight != 1, let term = terms.first(where: \.objective.couplesPairs) {
            throw SettingError(
                "loss",
                found: "\(names), and \(term.objective.name) sorts its pairs, so that the weight "
                    + "of \(preference.source) would go to another one",
                allowed: "an objective of single pairs"
            )
        }
    }
}

extension StepComputation {
    /// Refuses preferences that the objective is not for, and tokens that the policy does not know.
    ///
    /// Costs nothing for a dataset, however large.
    ///
    /// - Throws: `SettingError`; `ModelError` naming the first row with such a token.
    func requireFit(_ preferences: some RandomAccessCollection<Preference>) throws {
        let traits = PreferenceTraits(preferences)
        for index in traits.notable {
            let place = preferences.index(preferences.startIndex, offsetBy: index)
            try objective.requireFit(preferences[place])
        }
        let bounds = traits.tokenBounds.map { [$0.lowerBound, $0.upperBound] } ?? []
        guard bounds.contains(where: { $0 < 0 || $0 >= policy.vocabularySize }) else { return }
        for preference in preferences {
            for sequence in preference.sequences {
                try policy.requireKnown(sequence.tokens, path: "\(preference.source)")
            }
        }
    }
}
