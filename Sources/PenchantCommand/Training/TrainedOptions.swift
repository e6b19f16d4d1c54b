import ArgumentParser
import Files
import Foundation
import LanguageModels
import PreferenceOptimization
import Torch

/// What of a model is trained: all, some weights, or an adapter.
struct TrainedOptions: ParsableArguments {
    static let defaults = AdapterConfiguration()

    @Flag(
        inversion: .prefixedNo,
        help: """
            Train a low-rank adapter (LoRA) in place of the weights. (default: where an option of it \
            is given; --no-lora leaves those aside)
            """
    )
    var lora: Bool?

    @Option(help: "Rank of the adapter's matrices. (default: \(defaults.rank))")
    var loraRank: Int?

    @Option(
        help: """
            What the adapter is scaled with: alpha / rank, or alpha / √rank with --rslora. \
            (default: \(Int(defaults.alpha)))
            """
    )
    var loraAlpha: Double?

    @Option(help: "Share of its input that the adapter does not see in training. (default: 0)")
    var loraDropout: Double?

    @Option(
        help: ArgumentHelp(
            """
            Which layers get an adapter: all-linear, names such as q_proj,v_proj, or a regular \
            expression for whole names such as '.*layers\\.0\\..*'. Routers and experts get \
            none. (default: all-linear)
            """,
            valueName: "targets"
        ),
        transform: targetsArgument
    )
    var loraTargets: AdapterConfiguration.Targets?

    @Flag(inversion: .prefixedNo, help: "Scale the adapter with alpha / √rank (rsLoRA).")
    var rslora = false

    @Flag(inversion: .prefixedNo, help: "Train the lengths of the weights' rows too (DoRA).")
    var dora = false

    @Option(
        help: ArgumentHelp(
            "Folder of an adapter in PEFT's form to go on from; it is the reference too.",
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var adapter: URL?

    @Option(
        help: ArgumentHelp(
            """
            Train only the weights in whose names this regular expression is found, such as \
            'lm_head|norm'.
            """,
            valueName: "pattern"
        ),
        transform: patternArgument
    )
    var train: NamePattern?

    var isLoRA: Bool {
        lora
            ?? (rslora || dora || loraRank != nil || loraAlpha != nil || loraDropout != nil
                || loraTargets != nil)
    }

    /// Whether an adapter is trained, new or continued.
    var trainsAdapter: Bool { isLoRA || adapter != nil }

    var configuration: AdapterConfiguration {
        AdapterConfiguration(
            rank: loraRank ?? Self.defaults.rank,
            alpha: loraAlpha ?? Self.defaults.alpha,
            dropout: loraDropout ?? Self.defaults.dropout,
            targets: loraTargets ?? Self.defaults.targets,
            usesRSLoRA: rslora,
            usesDoRA: dora
        )
    }

    /// Checks the settings, before anything is loaded.
    func check(syncsReference: Bool) throws {
        let configuration = configuration
        if syncsReference, adapter != nil || isLoRA {
            throw SettingError(
                "sync-reference",
                found: "there with an adapter",
                allowed: "a reference that stays as it is, or training without an adapter,"
            )
        }
        if adapter != nil, isLoRA {
            throw SettingError(
                "adapter",
                found: "there with options of a new adapter",
                allowed: "either --adapter or --lora and its options"
            )
        }
        if train != nil, adapter != nil || isLoRA {
            throw SettingError(
                "train",
                found: "there with an adapter",
                allowed: "either --train or an adapter, which leaves all weights as they are,"
            )
        }
        guard AdapterConfiguration.allowedRanks.contains(configuration.rank) else {
            throw SettingError(
                "lora-rank",
                found: "\(configuration.rank)",
                allowed: "1 to \(AdapterConfiguration.allowedRanks.upperBound)"
            )
        }
        guard configuration.alpha > 0, configuration.alpha.isFinite else {
            throw SettingError(
                "lora-alpha",
                found: "\(configuration.alpha)",
                allowed: "a number above 0"
            )
        }
        guard (0..<1).contains(configuration.dropout) else {
            throw SettingError(
                "lora-dropout",
                found: "\(configuration.dropout)",
                allowed: "a number from 0 to below 1"
            )
        }
    }

    /// Loads a policy to be trained.
    ///
    /// - Parameters:
    ///   - check: of the folder's numbers.
    ///   - seed: what a new adapter begins with follows from it.
    ///   - releasesPages: as in `ParameterStore.Options`.
    func load(
        _ source: ModelFolder,
        _ check: NumberCheck,
        _ compute: ComputeOptions,
        seed: UInt64,
        releasesPages: Bool
    ) throws -> any CausalLanguageModel {
        try naming {
            let policy = try source.load(
                .init(
                    dtype: compute.dtype,
                    device: compute.device,
                    trainedNames: train,
                    releasesPages: releasesPages
                ),
                adapter: adapterSource(seed: seed),
                check: check
            )
            try requireTrained(!policy.trainedParameters.isEmpty, policy.parameters.map(\.name))
            return policy
        }
    }

    /// What a policy to be trained is made of.
    func outline(_ source: ModelFolder) throws -> ModelOutline {
        try naming {
            let outline = try source.outline(
                trainedNames: train,
                adapter: adapterSource(seed: 0)
            )
            try requireTrained(
                outline.adapterCount != nil || outline.trainedCount > 0,
                outline.parameters.map(\.name)
            )
            return outline
        }
    }

    private func adapterSource(seed: UInt64) throws -> AdapterSource? {
        if isLoRA { return .new(configuration, seed: seed) }
        return try adapter.map { .saved(try AdapterFolder.open($0)) }
    }

    private func requireTrained(_ isTrained: Bool, _ names: [String]) throws {
        guard !isTrained else { return }
        throw SettingError(
            "train",
            found: "\(train?.text ?? ""), which is found in the name of no weight",
            allowed: "a pattern for names such as \(names.suffix(5).joined(separator: ", "))"
        )
    }

    /// Says of targets that do not fit the model which option named them.
    private func naming<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ModelError where adapter == nil {
            switch error.kind {
            case .targetInExperts(let target, let module):
                throw SettingError(
                    "lora-targets",
                    found: "\(target), which names \(module)",
                    allowed: "targets outside of routers and experts, which get no adapter,"
                )
            case .noSuchTargets(let found, let known):
                throw SettingError(
                    "lora-targets",
                    found: "\(found.joined(separator: ",")), which names no linear layer",
                    allowed: "all-linear, a pattern of whole names, or names among "
                        + known.joined(separator: ", ")
                )
            default: throw error
            }
        }
    }
}

extension AdapterFolder {
    /// Opens a folder named on the command line.
    static func open(_ url: URL) throws -> AdapterFolder {
        let adapter = try AdapterFolder(url)
        let made = adapter.configuration.baseModel.map { ", made for \($0)" } ?? ""
        Console.status(Console.oneLine("adapter \(url.path)\(made)"))
        return adapter
    }
}

/// Which layers get an adapter, from the command line.
func targetsArgument(_ text: String) throws -> AdapterConfiguration.Targets {
    guard text != "all-linear" else { return .allLinear }
    let isList = text.allSatisfy { $0.isLetter || $0.isNumber || "_-.,".contains($0) }
    guard isList else {
        guard let pattern = NamePattern(text, coversName: true) else {
            throw ValidationError("'\(text)' is not a regular expression")
        }
        return .pattern(pattern)
    }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.allSatisfy({ !$0.isEmpty }) else {
        throw ValidationError("'\(text)' has an empty name")
    }
    return .names(names)
}

/// A regular expression on the command line.
func patternArgument(_ text: String) throws -> NamePattern {
    guard !text.isEmpty, let pattern = NamePattern(text) else {
        throw ValidationError("'\(text)' is not a regular expression")
    }
    return pattern
}
