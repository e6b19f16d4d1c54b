import ArgumentParser
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import RunReports

/// A command that trains: what its options make.
protocol TrainingCommand: ConfigurableCommand {
    var task: TrainingTask { get }
    var input: InputOptions { get }
    var givenObjective: ObjectiveOptions { get }
    var trained: TrainedOptions { get }
    var givenTraining: TrainingOptions { get }
    var compute: ComputeOptions { get }
}

/// A run that is ready to begin.
struct TrainingJob {
    let source: ModelFolder
    let policy: any CausalLanguageModel
    let trainer: Trainer
}

extension TrainingCommand {
    var model: URL { input.model }
    var data: DataOptions { task.data(input.data) }
    var objective: ObjectiveOptions { task.objective(givenObjective) }
    var training: TrainingOptions { task.training(givenTraining) }

    /// What the run reads.
    var inputs: [URL] {
        [model] + data.source.inputs
            + [objective.reference?.folder, trained.adapter].compactMap(\.self)
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
        if let choice = objective.reference {
            _ = try ReferenceRules(settings, trained, data, count: 1).resolve(choice)
        }
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
        let otherSource = try objective.reference?.folder.map { try ModelFolder.open($0) }
        let referenceSource = otherSource ?? source
        try source.checkFiles()
        try otherSource?.checkFiles()
        let memory = try training.keptMemory(compute)
        // The weights are read while the data are prepared.
        let check = NumberCheck(source.url)
        let referenceCheck = otherSource.map { NumberCheck($0.url) } ?? check
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
        let policy = try trained.load(
            source,
            check,
            compute,
            seed: settings.seed,
            releasesPages: training.offload != nil
        )
        let reference = try reference(
            settings,
            policy,
            referenceSource,
            referenceCheck,
            count: preferences.count
        )
        func trainer<Preferences: RandomAccessCollection<Preference>>(
            of preferences: Preferences
        ) throws -> Trainer where Preferences.Index == Int {
            try Trainer(
                policy: policy,
                reference: reference.model,
                keptReference: reference.kept,
                preferences: preferences,
                configuration: settings,
                startsAtReference: objective.reference?.folder == nil,
                keeping: memory
            )
        }
        let made = try training.offloading {
            try division.map { try trainer(of: $0.training) } ?? trainer(of: preferences)
        }
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
        let most = settings.groupsByPrompt ? "at most " : ""
        Console.status(
            "training \(job.policy.trainedParameterCount.counted("parameter")) for "
                + "\(job.trainer.totalSteps.counted("step")), \(most)\(size.counted(noun)) a step"
        )
    }

    /// What the policy is compared with: a model, or what was kept of one.
    private func reference(
        _ settings: TrainingConfiguration,
        _ policy: any CausalLanguageModel,
        _ source: ModelFolder,
        _ check: NumberCheck,
        count: Int
    ) throws -> (model: (any CausalLanguageModel)?, kept: KeptReference?) {
        let rules = ReferenceRules(settings, trained, data, count: count)
        let (choice, reason) = try rules.resolve(objective.reference)
        if settings.objective.needsReference {
            let because = reason.map { ": \($0)" } ?? ""
            Console.status(Console.oneLine("reference \(choice.text)\(because)"))
        }
        func load(releasesPages: Bool = false) throws -> any CausalLanguageModel {
            try source.load(
                .init(
                    dtype: compute.dtype,
                    device: compute.device,
                    // One that follows the policy has weights of its own.
                    isTrained: settings.referenceSync != nil,
                    trainedNames: trained.train,
                    releasesPages: releasesPages || training.offload != nil
                ),
                check: check
            )
        }
        switch choice {
        case .none: return (nil, nil)
        case .adapterOff: return (policy.adapterReference, nil)
        case .copy, .folder: return (try load(), nil)
        case .cached:
            guard let cache = data.dataCache.cache else { return (try load(), nil) }
            let key = try ReferenceKey(source, dtype: compute.dtype)
            let kept = try ReferenceCache(folder: cache.folder, key: key)
            if kept.discardedByteCount > 0 {
                Console.status("\(kept.url.path) was damaged: what is missing is computed again")
            }
            Console.status(
                Console.oneLine(
                    "its log-probabilities are kept in \(kept.url.path), which has those of "
                        + kept.count.counted("answer")
                )
            )
            // It is read in the first pass alone.
            return (nil, KeptReference(kept) { try load(releasesPages: true) })
        }
    }
}
