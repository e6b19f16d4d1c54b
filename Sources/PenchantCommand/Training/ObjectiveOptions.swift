public import ArgumentParser
import Files
import Foundation
public import Objectives
import PreferenceOptimization

/// The flags that choose an objective and what changes it.
struct ObjectiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Objective, or several with commas between them; see `penchant objectives`.",
            valueName: "names"
        )
    )
    var loss = "sigmoid"

    @Option(
        help: ArgumentHelp(
            "Their weights, with commas between them (default: 1 each).",
            valueName: "weights"
        )
    )
    var lossWeights: String?

    @Option(help: "β: how strongly the policy is held to the reference (default: mostly 0.1).")
    var beta: Double?

    @Option(help: "ε: the share of preferences taken to be swapped.")
    var labelSmoothing: Double?

    @Option(help: "γ: the lead that chosen answers are to have (simpo, alphapo, slic).")
    var gamma: Double?

    @Option(help: "λ: how much the penalty counts (dpop).")
    var lambda: Double?

    @Option(help: "τ: how sharply two losses are blended (discopop).")
    var temperature: Double?

    @Option(help: "α: how the reward is bent (alphapo).")
    var alpha: Double?

    @Option(help: "w: how much chosen answers' likelihood counts (cpo, slic).")
    var likelihoodWeight: Double?

    @Option(help: "How much wanted answers count (kto, bco, apo_zero_unpaired).")
    var desirableWeight: Double?

    @Option(help: "How much unwanted answers count (the same).")
    var undesirableWeight: Double?

    @Option(help: "The f-divergence that holds the policy to the reference.")
    var divergence: Divergence.Kind = .reverseKL

    @Option(help: "α of alpha_divergence (default: 0.5).")
    var divergenceAlpha: Double?

    @Flag(
        inversion: .prefixedNo,
        help: "Keep the divergence's additive constant, which TRL 1.10 left out."
    )
    var divergenceConstant = true

    @Option(help: "LD-DPO: what tokens count beyond the shorter answer, 0 to 1.")
    var ldAlpha: Double?

    @Flag(inversion: .prefixedNo, help: "LD-DPO on the policy alone, as in LLaMA-Factory.")
    var ldPolicyOnly = false

    @Option(help: "What an answer's log-probability is: the sum over its tokens, or their mean.")
    var lengthNormalization: ObjectiveModifiers.LengthNormalization = .sum

    @Flag(
        inversion: .prefixedNo,
        help: "WPO: pairs count by how probable the policy finds them."
    )
    var wpo = false

    @Option(
        help: ArgumentHelp(
            "β-DPO: how much β follows the step's mean margin (0.6 in its paper).",
            valueName: "sensitivity"
        )
    )
    var adaptiveBeta: Double?

    @Option(
        help: ArgumentHelp(
            """
            What the reference is: the model before training, as a frozen copy, with its \
            log-probabilities computed once and kept in the data cache (cached), or with the \
            adapter off; none; or the folder of another model. (default: the cheapest that \
            is the model before training)
            """,
            valueName: "copy|cached|adapter-off|none|folder"
        ),
        transform: ReferenceChoice.init(argument:)
    )
    var reference: ReferenceChoice?

    @Option(help: "TR-DPO: the reference moves towards the policy (soft) or becomes it (hard).")
    var syncReference: SyncKind?

    @Option(help: "Steps between the reference's moves (default: 512).")
    var syncSteps: Int?

    @Option(help: "The policy's share in a soft move (default: 0.6).")
    var syncMixup: Double?

    /// How a reference follows the policy.
    enum SyncKind: String, CaseIterable, ExpressibleByArgument {
        case soft, hard
    }

    /// What the flags choose.
    ///
    /// - Throws: `ObjectiveError` or `SettingError`.
    func selection() throws -> ObjectiveSelection {
        try refuse("divergence-alpha", divergenceAlpha, unless: divergence == .alpha) {
            "--divergence alpha_divergence"
        }
        try refuse(
            "divergence-constant",
            "off",
            unless: divergence != .reverseKL || divergenceConstant
        ) {
            "another --divergence than reverse_kl"
        }
        try refuse("ld-policy-only", "on", unless: ldAlpha != nil || !ldPolicyOnly) { "--ld-alpha" }
        var divergence = Divergence(divergence, keepsConstant: divergenceConstant)
        if let divergenceAlpha { divergence.alpha = divergenceAlpha }
        let selection = try ObjectiveSelection(
            loss.split(separator: ",", omittingEmptySubsequences: false).map(String.init),
            weights: lossWeights.map { try $0.numbers(option: "loss-weights") },
            values: [
                .beta: beta, .labelSmoothing: labelSmoothing, .gamma: gamma, .lambda: lambda,
                .temperature: temperature, .alpha: alpha, .likelihoodWeight: likelihoodWeight,
                .desirableWeight: desirableWeight, .undesirableWeight: undesirableWeight,
            ].compactMapValues { $0 },
            modifiers: ObjectiveModifiers(
                divergence: divergence,
                lengthDesensitization: ldAlpha.map {
                    .init(alpha: $0, onReference: !ldPolicyOnly)
                },
                lengthNormalization: lengthNormalization,
                usesPolicyWeights: wpo,
                adaptiveBeta: adaptiveBeta.map { .init(sensitivity: $0) }
            )
        )
        if let reference, reference.text != "none" {
            try selection.requireUse("reference", reference.text, by: \.needsReference)
        }
        return selection
    }

    /// How the reference follows the policy; nil where it does not.
    ///
    /// - Throws: `SettingError`.
    func sync() throws -> ReferenceSync? {
        try refuse("sync-steps", syncSteps, unless: syncReference != nil) { "--sync-reference" }
        try refuse("sync-mixup", syncMixup, unless: syncReference == .soft) {
            "--sync-reference soft"
        }
        guard let syncReference else { return nil }
        var sync = ReferenceSync()
        if let syncSteps { sync.steps = syncSteps }
        sync.mixup = syncReference == .hard ? 1 : syncMixup ?? sync.mixup
        return sync
    }

    /// Refuses a flag that nothing would take.
    private func refuse(
        _ name: String,
        _ value: (some Any)?,
        unless isUsed: Bool,
        _ partner: () -> String
    ) throws {
        guard let value, !isUsed else { return }
        throw SettingError(
            name,
            found: "\(value), which has no meaning alone",
            allowed: partner()
        )
    }
}

extension Divergence.Kind: ExpressibleByArgument {}
extension ObjectiveModifiers.LengthNormalization: ExpressibleByArgument {}
