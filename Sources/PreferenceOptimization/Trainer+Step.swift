import LanguageModels
import PreferenceData
import TokenTrees
import Torch

/// What a step does, and what becomes of one that cannot be done.
extension Trainer {
    /// After so many refused steps in a row nothing is left to hope for.
    private static let refusalLimit = 10

    /// One optimizer step; none where its numbers are not finite and training goes on without it.
    func attempt(
        _ preferences: [Preference],
        _ hooks: TrainingHooks
    ) throws -> StepMetrics? {
        do {
            let search = inspected?.step == completedSteps + 1 ? inspected?.search : nil
            let metrics =
                try search?.watch { try run(preferences, hooks) } ?? run(preferences, hooks)
            refusedInARow = 0
            return metrics
        } catch let error as TrainingError {
            guard case .notFinite(let quantity, let step, _) = error else { throw error }
            try gradients.clear()
            refusedInARow += 1
            let isSkipped = skipsRefusedSteps && refusedInARow < Self.refusalLimit
            try hooks.onTrouble(
                .refusedStep(
                    RefusedStep(
                        step: step,
                        isSkipped: isSkipped,
                        quantity: quantity,
                        preferences: preferences
                    )
                )
            )
            guard isSkipped else {
                // What was reached is not lost; that it cannot be saved too is not what matters.
                if completedSteps > 0, let checkpoints, !checkpoints.has(step: completedSteps) {
                    try? saveCheckpoint(in: checkpoints, hooks)
                }
                throw error
            }
            completedSteps += 1
            skippedSteps += 1
            return nil
        }
    }

    /// One optimizer step.
    private func run(
        _ preferences: [Preference],
        _ hooks: TrainingHooks
    ) throws -> StepMetrics {
        let clock = ContinuousClock()
        let start = clock.now
        let share = configuration.schedule.share(step: completedSteps, of: totalSteps)
        let learningRate = configuration.learningRate * share
        let result = try withMemory(hooks) {
            try computation.differentiate(
                preferences,
                step: completedSteps,
                state: objectiveState,
                into: gradients
            )
        }
        var metrics = result.metrics
        metrics.step = completedSteps + 1
        metrics.learningRate = learningRate
        metrics.gradientNorm = try OperationProfile.section(.optimizer) {
            try update(learningRate: learningRate) { quantity in
                TrainingError.notFinite(quantity, step: metrics.step, preferences)
            }
        }
        objectiveState = result.state
        completedSteps += 1
        try average?.update()
        if let sync = configuration.referenceSync, let reference,
            completedSteps.isMultiple(of: sync.steps)
        {
            try sync.move(reference, towards: policy)
        }

        let tokens = preferences.flatMap(\.sequences).reduce(0) { $0 + $1.tokens.count }
        tokenCount += tokens
        metrics.tokenCount = tokenCount
        metrics.seconds = (clock.now - start) / .seconds(1)
        metrics.pairsPerSecond = Double(preferences.count) / metrics.seconds
        metrics.tokensPerSecond = Double(tokens) / metrics.seconds
        metrics.peakByteCount = PeakMemory.byteCount
        metrics.skippedSteps = skipsRefusedSteps ? skippedSteps : nil
        return metrics
    }

    /// Clips the step's gradients and updates the weights.
    ///
    /// - Parameter refusal: makes the error for what is not finite; then nothing is changed.
    /// - Returns: the norm of all gradients before clipping.
    private func update(
        learningRate: Double,
        refusal: (String) -> TrainingError
    ) throws -> Double {
        let norm = try withoutGradients {
            let all = try gradients.gradients()
            for (parameter, gradient) in zip(policy.trainedParameters, all) {
                try NumberInspection.look(at: gradient, parameter.name, .weightGradient)
            }
            let norm = try all.totalNorm()
            let value = try norm.item()
            guard value.isFinite else { throw refusal("gradient") }
            // As clip_grad_norm_ of PyTorch has it, with its 1e-6.
            let scale = configuration.maximumGradientNorm / (value + 1e-6)
            if scale < 1 {
                try all.multiplyInPlace(
                    Tensor.full([], scale, norm.dtype, on: norm.device)
                )
            }
            let rate =
                learningRate * max(1, min(1, scale) * value, configuration.optimizer.weightDecay)
            let step = { try self.optimizer.step(gradients: all, learningRate: learningRate) }
            try moveMasters()
            // Steps below 1 do not carry a number of float32 to its end.
            try rate < 1 ? step() : reversibly(step, refusal)
            return value
        }
        try gradients.clear()
        try policy.refreshValues()
        return norm
    }

    /// Brings master weights to their places in the file, before they first change: until then they
    /// are those of the model's own.
    func moveMasters() throws {
        for (parameter, place) in zip(policy.trainedParameters, places) {
            try parameter.master.move(to: place)
        }
        places = []
    }

    /// Updates the weights, and takes that back where one is not finite afterwards.
    private func reversibly(_ step: () throws -> Void, _ refusal: (String) -> TrainingError) throws
    {
        let changed = policy.trainedParameters.map(\.master) + optimizer.state.map(\.tensor)
        let copies = try changed.map { try $0.cloned() }
        try step()
        let strange = try policy.trainedParameters.first { try !$0.master.sum().item().isFinite }
        guard let strange else { return }
        for (tensor, copy) in zip(changed, copies) { try tensor.copyInPlace(copy) }
        throw refusal("updated weight \(strange.name)")
    }

    /// Computes with smaller micro-batches where memory does not suffice for larger ones.
    func withMemory<Result>(
        _ hooks: TrainingHooks,
        _ body: () throws -> Result
    ) throws -> Result {
        while true {
            do {
                return try body()
            } catch let shortage as MemoryShortage {
                try gradients.clear()
                guard shortage.preferences.count > 1 else {
                    throw TrainingError.doesNotFit(
                        step: completedSteps + 1,
                        source: "\(shortage.preferences[0].source)",
                        tokens: shortage.rowCount,
                        reason: shortage.reason
                    )
                }
                computation.microBatchTokens = max(1, shortage.rowCount / 2)
                try hooks.onTrouble(
                    .smallerMicroBatches(
                        step: completedSteps + 1,
                        tokens: computation.microBatchTokens
                    )
                )
            }
        }
    }
}
