import ArgumentParser
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import Torch

extension TrainingCommand {
    /// All settings of a run as a file that repeats it.
    ///
    /// What was not given has the value that was used in its place, where there is one.
    func configurationText(_ given: GivenSettings, _ settings: TrainingConfiguration) throws
        -> String
    {
        var used = objective.used(settings)
        used.merge(trained.used) { $1 }
        used.merge(training.optimizer.used(settings.optimizer)) { $1 }
        used.merge(training.schedule.used(settings.schedule)) { $1 }
        used["threads"] = "\(try TorchRuntime.threadCount)"
        used["learning-rate"] = "\(settings.learningRate)"
        used["scored"] = settings.scoredTokens.rawValue
        used["format"] = data.source.format?.rawValue
        used["device"] = "\(compute.device)"
        let name = Self.configuration.commandName ?? ""
        return ConfigurationText(
            command: try CommandSettings(Self.self),
            heading: [
                "The settings of this run, all of them.",
                "`penchant \(name) --config THIS_FILE --output NEW_FOLDER` repeats it.",
            ],
            values: { setting in
                given[setting.name]?.values.map(setting.absolute)
                    ?? used[setting.name].map { [$0] }
            }
        ).text
    }
}

extension ObjectiveOptions {
    /// What is used where nothing is given.
    func used(_ settings: TrainingConfiguration) -> [String: String] {
        let objective = settings.objective
        var used: [String: String] = [:]
        for name in ObjectiveParameter.Name.allCases {
            let values = Set(objective.terms.compactMap { $0.values[name] })
            // Objectives of a mixture may have defaults of their own, which one flag cannot say.
            if values.count == 1, let value = values.first { used[name.rawValue] = "\(value)" }
        }
        if objective.terms.count > 1 {
            used["loss-weights"] = objective.terms.map { "\($0.weight)" }.joined(separator: ",")
        }
        if objective.modifiers.divergence.kind == .alpha {
            used["divergence-alpha"] = "\(objective.modifiers.divergence.alpha)"
        }
        if let sync = settings.referenceSync {
            used["sync-steps"] = "\(sync.steps)"
            if syncReference == .soft { used["sync-mixup"] = "\(sync.mixup)" }
        }
        return used
    }
}

extension TrainedOptions {
    /// What is used where nothing is given.
    var used: [String: String] {
        guard isLoRA else { return [:] }
        return [
            "lora": "true", "lora-rank": "\(configuration.rank)",
            "lora-alpha": "\(configuration.alpha)",
            "lora-dropout": "\(configuration.dropout)", "lora-targets": "all-linear",
        ]
    }
}

extension OptimizerOptions {
    /// What is used where nothing is given.
    func used(_ selection: OptimizerSelection) -> [String: String] {
        switch selection.kind {
        case .adamW(let settings):
            [
                "adam-beta1": "\(settings.beta1)", "adam-beta2": "\(settings.beta2)",
                "adam-epsilon": "\(settings.epsilon)",
            ]
        case .sgd(let settings): ["momentum": "\(settings.momentum)"]
        case .rmsprop(let settings):
            [
                "rmsprop-alpha": "\(settings.alpha)", "rmsprop-epsilon": "\(settings.epsilon)",
                "momentum": "\(settings.momentum)",
            ]
        case .adafactor(let settings):
            [
                "adafactor-decay-rate": "\(settings.decayRate)",
                "adafactor-clip-threshold": "\(settings.clipThreshold)",
            ]
        }
    }
}

extension ScheduleOptions {
    /// What is used where nothing is given.
    func used(_ schedule: LearningRateSchedule) -> [String: String] {
        var used: [String: String] = [:]
        if case .steps(let steps) = schedule.warmup { used["warmup-steps"] = "\(steps)" }
        switch schedule.shape {
        case .constant, .inverseSquareRoot: return used
        case .linear, .cosine: break
        case .polynomial(let power): used["schedule-power"] = "\(power)"
        case .warmupStableDecay(let shape, let span):
            used["decay-shape"] = shape.rawValue
            switch span {
            case .steps(let steps): used["decay-steps"] = "\(steps)"
            case .ratio(let ratio): used["decay-ratio"] = "\(ratio)"
            }
        }
        used["min-learning-rate-ratio"] = "\(schedule.floor)"
        return used
    }
}
