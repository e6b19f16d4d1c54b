import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization

/// Trains an adapter on demonstrations (`{prompt, completion}`, `{messages}`, …).
///
/// - Returns: the loss of each step.
func fineTune(_ model: URL, on data: URL, to output: URL) throws -> [Double] {
    var losses: [Double] = []
    let trainer = try Trainer(
        ModelFolder(model),
        adapter: .new(AdapterConfiguration(rank: 4), seed: 1),
        preferences: PreferenceDataset.load(
            [data],
            processor: TextProcessor(folder: model),
            settings: DataSettings(scoredTokens: .assistant, format: .demonstrations)
        ),
        configuration: TrainingConfiguration(
            objective: ObjectiveSelection(.nll),
            learningRate: 1e-2,
            epochs: 2
        )
    )
    try trainer.train(
        TrainingHooks(afterStep: { step in
            losses.append(step.loss)
            return .continue
        })
    )
    if let adapter = trainer.policy.adapter { try AdapterFolder.save(adapter, to: output) }
    return losses
}
