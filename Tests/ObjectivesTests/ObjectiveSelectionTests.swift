import Foundation
import TestSupport
import Testing

@testable import Objectives

@Suite struct ObjectiveSelectionTests {
    private func message(
        _ names: [String],
        weights: [Double]? = nil,
        _ values: [ObjectiveParameter.Name: Double] = [:],
        _ modifiers: ObjectiveModifiers = .init()
    ) -> String {
        do {
            _ = try ObjectiveSelection(
                names,
                weights: weights,
                values: values,
                modifiers: modifiers
            )
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("what the chosen objectives would ignore is refused with the list of what fits")
    func ignored() {
        #expect(
            message(["sigmoid"], [.labelSmoothing: 0.1])
                == "--label-smoothing is 0.1, which sigmoid would ignore; one of cdpo, robust, "
                + "exo_pair, aot, aot_unpaired, cpo is needed"
        )
        #expect(message(["sft"], [.beta: 0.1]).hasPrefix("--beta is 0.1, which sft would ignore"))
        #expect(message(["sigmoid", "sft"], [.beta: 0.2]) == "")
        #expect(message(["sigmoid"], [:], .init(lengthDesensitization: .init(alpha: 0.5))) == "")
        #expect(
            message(["kto"], [:], .init(lengthDesensitization: .init(alpha: 0.5)))
                .hasPrefix("--ld-alpha is 0.5, which kto would ignore; one of sigmoid, ")
        )
        #expect(
            message(["ipo"], [:], .init(lengthNormalization: .mean))
                .hasPrefix("--length-normalization is mean, which ipo would ignore")
        )
        #expect(
            message(["simpo"], [:], .init(adaptiveBeta: .init()))
                .hasPrefix("--adaptive-beta is 0.6, which simpo would ignore")
        )
        #expect(
            message(["aot"], [:], .init(usesPolicyWeights: true))
                .hasPrefix("--wpo is on, and aot has no pairs to weigh; one of ")
        )
        #expect(
            message(["sigmoid", "bco_pair"], [:], .init(divergence: .init(.forwardKL)))
                == "--divergence is forward_kl, for which bco_pair has no meaning; one of sigmoid, "
                + "cdpo, robust, hinge, ipo, ipo_sum, sigmoid_norm, exo_pair, discopop is needed"
        )
        #expect(message(["sigmoid", "sft"], [:], .init(divergence: .init(.forwardKL))) == "")
        #expect(throws: ObjectiveError.self) {
            try ObjectiveSelection(.simpo).requireUse("reference", "given", by: \.needsReference)
        }
    }

    @Test(
        "whatever an objective does not depend on is refused, with all that do",
        arguments: Objective.all.map(\.name)
    )
    func enumerated(name: String) throws {
        let objective = try #require(Objective.named(name))
        func expectRefusal(_ text: String, of flag: String, by fits: (Objective) -> Bool) {
            guard !fits(objective) else {
                #expect(text == "", "--\(flag)")
                return
            }
            #expect(text.hasPrefix("--\(flag) is "))
            let list = Objective.all.filter(fits).map(\.name).joined(separator: ", ")
            #expect(text.hasSuffix("one of \(list) is needed"), "--\(flag)")
        }
        for parameter in ObjectiveParameter.Name.allCases {
            // Its own default, or that of one that has it.
            let owner = try #require(
                Objective.all.first { $0.name == name && $0.parameter(parameter) != nil }
                    ?? Objective.all.first { $0.parameter(parameter) != nil }
            )
            let value = try #require(owner.parameter(parameter)).defaultValue
            expectRefusal(message([name], [parameter: value]), of: parameter.rawValue) {
                $0.parameter(parameter) != nil
            }
        }
        for (flag, modifiers, fits) in [
            (
                "divergence", ObjectiveModifiers(divergence: .init(.forwardKL)),
                \Objective.allowsDivergence
            ),
            (
                "ld-alpha", .init(lengthDesensitization: .init(alpha: 0.5)),
                \.allowsLengthDesensitization
            ),
            (
                "length-normalization", .init(lengthNormalization: .mean),
                \.allowsLengthNormalization
            ),
            ("wpo", .init(usesPolicyWeights: true), \.allowsPolicyWeights),
            ("adaptive-beta", .init(adaptiveBeta: .init()), \.allowsAdaptiveBeta),
        ] {
            expectRefusal(message([name], [:], modifiers), of: flag) { $0[keyPath: fits] }
            // As help says it.
            #expect(objective.modifierFlags.contains(flag) == objective[keyPath: fits])
        }
        let selection = ObjectiveSelection(objective)
        var text = ""
        do {
            try selection.requireUse("reference", "given", by: \.needsReference)
        } catch {
            text = "\(error)"
        }
        expectRefusal(text, of: "reference", by: \.needsReference)
    }

    @Test(
        "a modifier that an objective takes changes its loss",
        arguments: Objective.all.map(\.name)
    )
    func modifiersMatter(name: String) throws {
        let objective = try #require(Objective.named(name))
        let step = sampleStep(objective.kind)
        let plain = ObjectiveSelection(objective).evaluate(step).loss
        let all: [(String, ObjectiveModifiers)] = [
            ("divergence", .init(divergence: .init(.jensenShannon))),
            ("ld-alpha", .init(lengthDesensitization: .init(alpha: 0.5))),
            ("length-normalization", .init(lengthNormalization: .mean)),
            ("wpo", .init(usesPolicyWeights: true)),
            ("adaptive-beta", .init(adaptiveBeta: .init())),
        ]
        for (flag, modifiers) in all where objective.modifierFlags.contains(flag) {
            let loss = try ObjectiveSelection([name], modifiers: modifiers).evaluate(step).loss
            #expect(abs(loss - plain) > 1e-9, "--\(flag)")
        }
    }

    @Test("mixtures are of one kind of data, each objective once, with a weight for each")
    func mixtures() {
        #expect(
            message(["sigmoid", "kto"])
                == "--loss is sigmoid,kto, of which sigmoid is for pairs and kto for labelled "
                + "answers; one kind of data is needed"
        )
        #expect(message(["sigmoid", "sigmoid"]).contains("sigmoid twice"))
        #expect(message([]).hasPrefix("--loss is empty"))
        #expect(message(["dpo"]).hasPrefix("--loss is dpo; one of sigmoid, cdpo, "))
        #expect(
            message(["sigmoid", "sft"], weights: [1]).hasPrefix("--loss-weights is a list of 1")
        )
        for weight in [0, -1, .nan, .infinity] {
            #expect(message(["sft"], weights: [weight]).hasPrefix("--loss-weights is \(weight)"))
        }
    }

    @Test("values lie in their ranges")
    func ranges() {
        #expect(
            message(["sigmoid"], [.beta: 0])
                == "--beta is 0.0; a number above 0 for sigmoid is needed"
        )
        #expect(message(["robust"], [.labelSmoothing: 0.5]).contains("at least 0 and below 0.5"))
        #expect(message(["exo_pair"], [.labelSmoothing: 0]).contains("above 0 and below 0.5"))
        #expect(message(["cdpo"], [.labelSmoothing: -0.1]) != "")
        for alpha in [-0.1, 1.1, .nan] {
            let modifiers = ObjectiveModifiers(lengthDesensitization: .init(alpha: alpha))
            #expect(message(["sigmoid"], [:], modifiers).hasSuffix("0 to 1 is needed"))
        }
        let alpha = ObjectiveModifiers(divergence: Divergence(.alpha, alpha: .nan))
        #expect(message(["sigmoid"], [:], alpha).hasPrefix("--divergence-alpha is nan"))
        let adaptive = ObjectiveModifiers(adaptiveBeta: .init(sensitivity: -1))
        #expect(message(["sigmoid"], [:], adaptive).hasPrefix("--adaptive-beta is -1.0"))
    }

    @Test("a selection goes through JSON with all its parameters, and is checked on the way back")
    func codable() throws {
        let selection = try ObjectiveSelection(
            ["robust", "sft"],
            weights: [1, 0.5],
            values: [.beta: 0.3],
            modifiers: .init(
                divergence: Divergence(.alpha, alpha: 0.7),
                lengthDesensitization: .init(alpha: 0.4, onReference: false),
                adaptiveBeta: .init()
            )
        )
        let data = try JSONEncoder().encode(selection)
        #expect(try JSONDecoder().decode(ObjectiveSelection.self, from: data) == selection)
        let text = String(decoding: data, as: UTF8.self)
        // Defaults are written too.
        #expect(text.contains("\"label-smoothing\":0.1"))
        for (old, new) in [("robust", "rubost"), ("label-smoothing", "smoothing"), ("0.3", "-3")] {
            let other = Data(text.replacing(old, with: new).utf8)
            #expect(throws: ObjectiveError.self) {
                try JSONDecoder().decode(ObjectiveSelection.self, from: other)
            }
        }
    }

    @Test("a mixture is the weighted sum of its parts, values and gradients")
    func weightedSum() throws {
        let step = sampleStep(.pairs)
        let mixture = try ObjectiveSelection(["sigmoid", "sppo_hard"], weights: [0.5, 3])
        let whole = mixture.evaluate(step)
        let parts = [Objective.sigmoid, .sppoHard].map { ObjectiveSelection($0).evaluate(step) }
        expectClose(whole.loss, 0.5 * parts[0].loss + 3 * parts[1].loss, relative: 1e-13)
        expectClose(
            whole.gradient,
            zip(parts[0].gradient, parts[1].gradient).map { 0.5 * $0 + 3 * $1 },
            absolute: 1e-12
        )
    }
}
