import Foundation
import LanguageModels
import PreferenceData
import PreferenceOptimization

/// Trains a model's folder on preferences and writes another folder.
func train(_ model: URL, on data: URL, to output: URL) throws {
    let folder = try ModelFolder(model)
    let trainer = try Trainer(
        folder,
        preferences: PreferenceDataset.load([data], processor: TextProcessor(folder: model)),
        configuration: TrainingConfiguration(learningRate: 1e-3, epochs: 1)
    )
    try trainer.train { step in
        let numbers = String(format: "loss %.4f, margin %+.4f", step.loss, step.rewardsMargin)
        print("step \(step.step)/\(trainer.totalSteps): \(numbers)")
        return step.rewardsMargin < 2 ? .continue : .stop
    }
    try folder.save(trainer.policy, to: output)
}
