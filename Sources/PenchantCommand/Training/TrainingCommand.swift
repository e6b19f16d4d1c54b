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
    ///
    /// - Parameter evaluation: on what the policy is evaluated; nil for nothing.
    func prepare(
        _ settings: TrainingConfiguration,
        _ evaluation: EvaluationOptions? = nil
    ) throws -> TrainingJob {
        let source = try ModelFolder.open(model)
        let referenceSource = try objective.reference.map { try ModelFolder.open($0) } ?? source
        let size = min(source.vocabularySize, referenceSource.vocabularySize)
        let preferences = try data.load(
            model,
            vocabularySize: size,
            seed: training.seed
        )
        let division = try evaluation?.evaluateFraction.map {
            try divide(preferences, holdingOut: $0, vocabularySize: size)
        }
        var evaluated: (any RandomAccessCollection<Preference>)? = division?.evaluation
        if let evaluation, !evaluation.evaluate.isEmpty {
            var other = data
            other.source.data = evaluation.evaluate
            Console.status("to evaluate on:")
            evaluated = try other.load(model, vocabularySize: size, seed: training.seed)
        }
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
        func trainer<Preferences: RandomAccessCollection<Preference>>(
            of preferences: Preferences
        ) throws -> Trainer where Preferences.Index == Int {
            try Trainer(
                policy: policy,
                reference: reference,
                preferences: preferences,
                configuration: settings,
                startsAtReference: objective.reference == nil
            )
        }
        let made = try division.map { try trainer(of: $0.training) } ?? trainer(of: preferences)
        if let evaluation, let evaluated { try made.evaluate(by: evaluation.plan(evaluated)) }
        return TrainingJob(source: source, policy: policy, trainer: made)
    }

    /// Holds some preferences out.
    private func divide(
        _ preferences: PreferenceDataset,
        holdingOut fraction: Double,
        vocabularySize: Int
    ) throws -> (training: PreferenceSubset, evaluation: PreferenceSubset) {
        let division = try preferences.split(
            holdingOut: fraction,
            seed: training.seed,
            sources: data.source.data,
            settings: data.settings(vocabularySize: vocabularySize, seed: training.seed)
        )
        Console.status(
            "held out for evaluation: \(division.evaluation.count.grouped) of "
                + "\(preferences.count.grouped)"
        )
        return division
    }

    /// Says what is about to be trained, and for how long.
    func announce(_ job: TrainingJob, _ settings: TrainingConfiguration) {
        let noun =
            switch settings.objective.kind {
            case .pairs: "pair"
            case .labelled: "answer"
            case .rankings: "ranking"
            }
        let size = min(settings.batchSize, job.trainer.preferenceCount)
        Console.status(
            "training \(job.policy.trainedParameterCount.counted("parameter")) for "
                + "\(job.trainer.totalSteps.counted("step")), \(size.counted(noun)) a step"
        )
    }
}
