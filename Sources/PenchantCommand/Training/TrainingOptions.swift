public import ArgumentParser
import Files
import Foundation
public import LanguageModels
import PreferenceData
import PreferenceOptimization
import Torch

/// The flags that make a `TrainingConfiguration`.
struct TrainingOptions: ParsableArguments {
    static let defaults = TrainingConfiguration()

    @Option(help: "Preferences of an optimizer step.")
    var batchSize = defaults.batchSize

    @Option(help: "Most tokens in the model at a time; changes memory, not results.")
    var microBatchTokens = defaults.microBatchTokens

    @Option(
        help: """
            What layers compute again in the backward rather than keep: nothing (off), the \
            feed-forward block (selective), or all but their input (full). Takes time for memory; \
            results are the same.
            """
    )
    var activationCheckpointing = defaults.activationCheckpointing

    @Option(
        help: ArgumentHelp(
            """
            Keep weights, gradients and the optimizer's state in a file in this folder, in place of \
            memory. Takes time and disk for memory; results are the same. The file is gone when the \
            program ends.
            """,
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var offload: URL?

    @Option(help: "Passes over the data.")
    var epochs = defaults.epochs

    @Option(help: "End after so many optimizer steps, whatever the epochs.")
    var maxSteps: Int?

    @Flag(
        inversion: .prefixedNo,
        help: "Apply the model's own dropout, as its config.json has it."
    )
    var modelDropout = false

    @Option(help: "Largest norm of the gradients; larger ones are scaled down.")
    var maxGradNorm = defaults.maximumGradientNorm

    @Flag(
        inversion: .prefixedNo,
        help: """
            Leave out and count steps whose loss, gradient or updated weights are not finite, in \
            place of ending there; `penchant replay` tells where their numbers come from.
            """
    )
    var skipNotFinite = false

    @Option(
        help: """
            Weight of the loss that keeps routers from favouring few experts \
            (default: the model's own).
            """
    )
    var routerAuxLossCoef: Double?

    @Option(
        help: ArgumentHelp(
            """
            Keep an exponential moving average of the weights, of which this share stays at each \
            step, such as 0.999. The average is what is evaluated and saved.
            """,
            valueName: "decay"
        )
    )
    var ema: Double?

    @Option(help: "Seed of the order of the pairs, and of what is drawn for them.")
    var seed = defaults.seed

    @Flag(
        inversion: .prefixedNo,
        help: "Go through the data in an order of its own in each epoch, not in theirs."
    )
    var shuffle = defaults.shuffles

    @Flag(
        inversion: .prefixedNo,
        help: """
            Take the preferences of a prompt into one step, where they share what they have in \
            common: whole prompts, as long as they fit into the batch size.
            """
    )
    var groupByPrompt = false

    @Flag(
        inversion: .prefixedNo,
        help: "Compute what sequences share once; off only for comparisons."
    )
    var prefixSharing = defaults.sharesPrefixes

    @OptionGroup(title: "Learning rate") var schedule: ScheduleOptions
    @OptionGroup(title: "Optimizer") var optimizer: OptimizerOptions

    /// Where what training keeps beside the layers' weights lies.
    ///
    /// - Throws: `SettingError` where there can be no such file.
    func keptMemory(_ compute: ComputeOptions) throws -> KeptMemory {
        guard let offload else { return .ofDevice }
        guard compute.device == .cpu else {
            throw SettingError(
                "offload",
                found: "there with --device \(compute.device)",
                allowed: "training on the cpu, or in the device's own memory,"
            )
        }
        return .file(
            try offloading { () throws(TorchError) in
                try OffloadFile(in: offload.path)
            }
        )
    }

    /// Says of a file that cannot be made, or gets no room, which option asked for it.
    func offloading<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as TorchError where error.operation == "offload" {
            throw SettingError(
                "offload",
                found: error.message,
                allowed:
                    "a folder that can be written to, on a disk with room for 16 bytes of each "
                    + "trained weight, and of each weight what layers compute with,"
            )
        }
    }

    /// - Throws: `SettingError` for a flag that would be ignored.
    func configuration(
        _ data: DataOptions,
        _ compute: ComputeOptions
    ) throws -> TrainingConfiguration {
        TrainingConfiguration(
            learningRate: schedule.learningRate ?? Self.defaults.learningRate,
            schedule: try schedule.selection(),
            optimizer: try optimizer.selection(),
            batchSize: batchSize,
            microBatchTokens: microBatchTokens,
            activationCheckpointing: activationCheckpointing,
            epochs: epochs,
            maximumSteps: maxSteps,
            maximumLength: data.maxLength.tokens,
            truncation: data.truncation,
            scoredTokens: data.scoredTokens,
            emptyThinkingRemoval: data.removeEmptyThinking,
            modelDropout: modelDropout,
            maximumGradientNorm: maxGradNorm,
            routerLossCoefficient: routerAuxLossCoef,
            averageDecay: ema,
            seed: seed,
            shuffles: shuffle,
            groupsByPrompt: groupByPrompt,
            dtype: compute.dtype,
            sharesPrefixes: prefixSharing
        )
    }
}

extension ActivationCheckpointing: ExpressibleByArgument {}
