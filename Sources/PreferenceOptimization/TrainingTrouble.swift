import OrderedJSON
public import PreferenceData
import TokenTrees

/// What happened to a run that it can live with, but must not keep to itself.
public enum TrainingTrouble: Sendable {
    /// A step was not done; the weights are those before it.
    case refusedStep(RefusedStep)
    /// Memory did not suffice at a step, and micro-batches have fewer tokens from now on.
    case smallerMicroBatches(step: Int, tokens: Int)
}

/// A step whose loss, gradient or new weights are not finite.
public struct RefusedStep: Sendable {
    /// The step, from 1.
    public let step: Int
    /// Whether training goes on without it; otherwise it ends there.
    public let isSkipped: Bool
    /// What is not finite.
    public let quantity: String
    /// What the step is of.
    public let preferences: [Preference]
}

extension RefusedStep {
    /// Everything that was to be computed with, but for weights.
    var json: JSONValue {
        [
            "step": .integer(step),
            "not_finite": .string(quantity),
            "preferences": .array(preferences.map(\.json)),
        ]
    }
}

extension Preference {
    fileprivate var json: JSONValue {
        let (key, value): (String, JSONValue) =
            switch judgement {
            case .ranked(let ranks): ("ranks", .array(ranks.map { .integer($0) }))
            case .labelled(let isWanted): ("label", .bool(isWanted))
            }
        return [
            "source": .string("\(source)"),
            "prompt_tokens": .integer(promptLength),
            key: value,
            "weight": .number(weight),
            "margin": .number(margin),
            "sequences": .array(
                sequences.map { sequence in
                    [
                        "tokens": .array(sequence.tokens.map { .integer(Int($0)) }),
                        "scored": .array(
                            sequence.scored.map {
                                .array([.integer($0.lowerBound), .integer($0.upperBound)])
                            }
                        ),
                    ]
                }
            ),
        ]
    }
}
