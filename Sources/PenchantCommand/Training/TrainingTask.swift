import ArgumentParser
import PreferenceData
import PreferenceOptimization

/// What a command trains on, as `penchant dpo` or as `penchant sft`.
enum TrainingTask: String, CaseIterable, ExpressibleByArgument {
    case dpo, sft

    /// The command that trains so.
    var command: any RunCommand.Type { self == .dpo ? DPO.self : SFT.self }

    /// Rows of demonstrations for `sft`, unless another form is asked for.
    func data(_ given: DataOptions) -> DataOptions {
        guard self == .sft else { return given }
        var data = given
        data.source.format = data.source.format ?? .demonstrations
        data.scored = data.scored ?? .assistant
        return data
    }

    /// With the learning rate of TRL's trainers by default.
    func training(_ given: TrainingOptions) -> TrainingOptions {
        var training = given
        let standard = self == .sft ? 2e-5 : TrainingOptions.defaults.learningRate
        training.schedule.learningRate = training.schedule.learningRate ?? standard
        return training
    }

    /// Of `sft` no flag can say otherwise.
    func objective(_ given: ObjectiveOptions) -> ObjectiveOptions {
        self == .sft ? .parseOrExit(["--loss", "nll"]) : given
    }
}
