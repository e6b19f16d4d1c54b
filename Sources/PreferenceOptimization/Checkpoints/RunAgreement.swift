import Files
import Foundation
import LanguageModels
import OrderedJSON
import Torch

/// What a run and the checkpoint that it goes on from must have in common.
struct RunAgreement: Codable, Equatable {
    var settings: TrainingConfiguration
    /// How the adapter is built, as JSON; nil where there is none.
    var adapter: String?
    /// Stands for the weights that training began with, and which of them are trained.
    var model: String
    /// The same of the reference; nil without one.
    var reference: String?
    /// Stands for all preferences in their order.
    var data: String

    /// What differs, for a person: each setting with both values.
    ///
    /// - Parameter other: that of the checkpoint.
    func differences(from other: RunAgreement) throws -> [String] {
        var all = Self.differences(try Self.json(settings), try Self.json(other.settings))
        switch (adapter, other.adapter) {
        case (let own?, let other?):
            all += Self.differences(
                try JSONValue(parsing: Array(own.utf8)),
                try JSONValue(parsing: Array(other.utf8))
            )
        case (nil, nil): break
        case (_?, nil): all.append("an adapter is trained now, and all weights were then")
        case (nil, _?): all.append("an adapter was trained then, and now the model's weights are")
        }
        // A base model that lies elsewhere tells itself by its weights.
        if model != other.model {
            all.append("the model, or which of its weights are trained, is another")
        }
        if reference != other.reference { all.append("the reference is another") }
        if data != other.data { all.append("the data are others, or in another order") }
        return all
    }

    private static func json(_ settings: TrainingConfiguration) throws -> JSONValue {
        var settings = settings
        // Changes no number: a run that ran out of memory may go on with more of it.
        settings.activationCheckpointing = .off
        return try JSONValue(parsing: Array(CheckpointState.encoder.encode(settings)))
    }

    /// The leaves in which two trees differ.
    private static func differences(
        _ own: JSONValue?,
        _ other: JSONValue?,
        named name: String = ""
    ) -> [String] {
        guard own != other else { return [] }
        switch (own, other) {
        case (.object(let left), .object(let right)):
            let keys = left.members.map(\.key)
            let all = keys + right.members.map(\.key).filter { !keys.contains($0) }
            return all.filter { $0 != "base_model_name_or_path" }.flatMap {
                // What a choice is made with has no name of its own.
                differences(left[$0], right[$0], named: $0.hasPrefix("_") ? name : $0)
            }
        case (.array(let left), .array(let right)) where left.count == right.count:
            return zip(left, right).flatMap { differences($0, $1, named: name) }
        default:
            let (now, then) = (own?.text ?? "not given", other?.text ?? "not given")
            return ["\(flag(name)) is \(now) and was \(then)"]
        }
    }

    /// A setting as on the command line.
    private static func flag(_ name: String) -> String {
        let unlike = [
            "maximumSteps": "max-steps", "maximumLength": "max-length",
            "maximumGradientNorm": "max-grad-norm", "scoredTokens": "scored",
            "emptyThinkingRemoval": "remove-empty-thinking",
            "routerLossCoefficient": "router-aux-loss-coef", "referenceSync": "sync-reference",
            "averageDecay": "ema", "groupsByPrompt": "group-by-prompt",
            "decaysNormsAndBiases": "decay-norms-biases",
            "shuffles": "shuffle", "sharesPrefixes": "prefix-sharing",
            "keepsConstant": "divergence-constant", "usesPolicyWeights": "wpo",
            "usesNesterov": "nesterov", "beta1": "adam-beta1", "beta2": "adam-beta2",
            "floor": "min-learning-rate-ratio", "countsFromOne": "schedule-from-one",
        ]
        if let flag = unlike[name] { return flag }
        return name.reduce(into: "") { flag, character in
            flag += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
    }
}

extension CausalLanguageModel {
    /// A short text that stands for the weights: names, shapes, which are trained, and the first
    /// and last numbers of each.
    ///
    /// Not every number: a model of many gigabytes would take minutes, and training changes all of
    /// a weight's numbers.
    func fingerprint() throws -> String {
        var hash = SHA256()
        for parameter in parameters + (adapter?.parameters ?? []) {
            let (master, count) = (parameter.master, parameter.master.count)
            let isTrained = parameter.value.requiresGradient
            hash.update("\(parameter.name) \(master.shape) \(master.dtype) \(isTrained)\n")
            let flat = try master.detached().reshaped([count])
            for range in [0..<min(1024, count), max(0, count - 1024)..<count] {
                try flat.narrowed(range).to(on: .cpu).contiguous().withBytes { hash.update($0) }
            }
        }
        return hash.digest().hexadecimal
    }
}
