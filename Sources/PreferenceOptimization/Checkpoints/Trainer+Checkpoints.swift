import Files
import Foundation
import LanguageModels
import Torch

extension Trainer {
    /// Goes on from a checkpoint: the next step is the one behind it.
    ///
    /// What follows is bit for bit what would have followed without the interruption.
    ///
    /// - Returns: what goes otherwise than it should, a line each.
    /// - Throws: `SettingError` naming every setting, and data and models, that are not those of
    ///   the checkpoint; an `InputError` where a file cannot be read.
    @discardableResult
    public func resume(from checkpoint: Checkpoint) throws -> [String] {
        let (state, folder) = (checkpoint.state, checkpoint.url)
        let differences = try agreement.differences(from: state.agreement)
        guard differences.isEmpty else {
            throw SettingError(
                "resume",
                found: "on, but not all is as in \(folder.path): "
                    + differences.joined(separator: "; "),
                allowed: "what the run began with"
            )
        }
        try read(checkpoint)
        try TensorFile.read(Checkpoint.optimizer(in: folder), into: optimizer.state)
        if let average {
            try TensorFile.read(Checkpoint.average(in: folder), into: average.state)
        }
        if configuration.referenceSync != nil, let reference {
            try TensorFile.read(
                Checkpoint.reference(in: folder),
                into: reference.trainedParameters.masters
            )
            try reference.refreshValues()
        }
        completedSteps = state.step
        skippedSteps = state.skippedSteps
        tokenCount = state.tokenCount
        objectiveState = state.objective
        return takeOver(state.evaluations)
    }

    /// Takes over what was found before, as far as it still holds.
    private func takeOver(_ found: EvaluationRecord) -> [String] {
        guard let metric = evaluation?.bestMetric, let best = found.best else { return [] }
        guard best.metric == metric.name else {
            return ["the best model was told by \(best.metric); by \(metric.name) it is told anew"]
        }
        if let place = checkpoints?.place(step: best.step) {
            do throws(CheckpointProblem) {
                _ = try Checkpoint(place)
            } catch {
                return ["the best model so far, \(place.path), is lost, as \(error)"]
            }
        }
        record = found
        return []
    }

    /// Writes a checkpoint of where training is, and tells the hooks.
    func saveCheckpoint(in checkpoints: CheckpointFolder, _ hooks: TrainingHooks) throws {
        try hooks.beforeCheckpoint()
        let place = try checkpoints.write(step: completedSteps, sparing: record.best?.step) {
            folder in
            if let adapter = policy.adapter {
                let place = folder.appending(path: Checkpoint.adapterName)
                try AdapterFolder.save(adapter, to: place)
            } else {
                let place = folder.appending(path: Checkpoint.modelName)
                try checkpoints.source.save(policy, to: place)
            }
            try TensorFile.write(optimizer.state, to: Checkpoint.optimizer(in: folder))
            if let average {
                try TensorFile.write(average.state, to: Checkpoint.average(in: folder))
            }
            if configuration.referenceSync != nil, let reference {
                try TensorFile.write(
                    reference.trainedParameters.masters,
                    to: Checkpoint.reference(in: folder)
                )
            }
            try CheckpointState(
                step: completedSteps,
                skippedSteps: skippedSteps,
                tokenCount: tokenCount,
                objective: objectiveState,
                evaluations: record,
                agreement: agreement
            ).write(to: folder)
        }
        try hooks.afterCheckpoint(place)
    }

    /// Gives the policy the weights that are the run's result: those of the best step where it is
    /// told, otherwise of the last; where an average of them is kept, that.
    ///
    /// Training cannot go on afterwards.
    ///
    /// - Returns: the step that they are of.
    /// - Throws: an `InputError` where the best step's checkpoint cannot be read.
    @discardableResult
    public func takeResult() throws -> Int {
        guard let best = record.best?.step, best != completedSteps, let checkpoints else {
            try average?.replaceWeights()
            return completedSteps
        }
        let place = checkpoints.place(step: best)
        do {
            try read(Checkpoint(place))
        } catch let problem as CheckpointProblem {
            throw FileError("take the best model", place.path, reason: problem.description)
        }
        if average != nil {
            try TensorFile.read(
                Checkpoint.average(in: place),
                into: policy.trainedParameters.masters
            )
            try policy.refreshValues()
        }
        return best
    }

    /// Reads the weights of a checkpoint.
    private func read(_ checkpoint: Checkpoint) throws {
        try moveMasters()
        try TensorFile.read(
            checkpoint.weights(hasAdapter: policy.adapter != nil),
            into: policy.trainedParameters.masters
        )
        try policy.refreshValues()
    }
}

extension [Parameter] {
    /// What an optimizer updates, by name.
    var masters: TensorFile.Tensors { map { ($0.name, $0.master) } }
}
