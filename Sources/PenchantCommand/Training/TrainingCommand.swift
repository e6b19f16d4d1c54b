import ArgumentParser
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization

/// A command that trains: what its options make.
protocol TrainingCommand: ConfigurableCommand {
    var model: URL { get }
    var data: DataOptions { get }
    var output: URL { get }
    var overwrite: Bool { get }
    var objective: ObjectiveOptions { get }
    var trained: TrainedOptions { get }
    var training: TrainingOptions { get }
    var compute: ComputeOptions { get }
}

/// A run that is ready to begin.
struct TrainingJob {
    let source: ModelFolder
    let policy: any CausalLanguageModel
    let trainer: Trainer
    let preferences: PreferenceDataset
}

extension TrainingCommand {
    /// What the run reads.
    var inputs: [URL] {
        [model] + data.source.inputs
            + [objective.reference, trained.adapter].compactMap(\.self)
    }

    /// Checks every option, before anything is loaded.
    ///
    /// - Throws: `SettingError` or `ObjectiveError`.
    func settings() throws -> TrainingConfiguration {
        try data.check()
        try trained.check(syncsReference: objective.syncReference != nil)
        var settings = try training.configuration(data, compute)
        settings.objective = try objective.selection()
        settings.referenceSync = try objective.sync()
        try settings.validate()
        return settings
    }

    /// Loads models and data.
    func prepare(_ settings: TrainingConfiguration) throws -> TrainingJob {
        let source = try ModelFolder.open(model)
        let referenceSource = try objective.reference.map { try ModelFolder.open($0) } ?? source
        let size = min(source.vocabularySize, referenceSource.vocabularySize)
        let preferences = try data.load(
            model,
            vocabularySize: size,
            seed: training.seed
        )
        let policy = try trained.load(source, compute, seed: settings.seed)
        // One adapter serves both; but a reference that is named is a model of its own.
        let own = objective.reference == nil ? policy.adapterReference : nil
        let reference =
            settings.objective.needsReference
            ? try own
                ?? referenceSource.load(
                    .init(
                        dtype: compute.dtype,
                        device: compute.device,
                        // One that follows the policy has weights of its own.
                        isTrained: settings.referenceSync != nil,
                        trainedNames: trained.train
                    )
                ) : nil
        let trainer = try Trainer(
            policy: policy,
            reference: reference,
            preferences: preferences,
            configuration: settings,
            startsAtReference: objective.reference == nil
        )
        return TrainingJob(
            source: source,
            policy: policy,
            trainer: trainer,
            preferences: preferences
        )
    }
}
