import Foundation
import LanguageModels
import Safetensors
import Testing
import Torch

/// Expects the weights that the reference implementation left in `final/` of a golden run's folder.
///
/// Weights whose gradient is nearly 0 may move either way by AdamW's full step, for its first updates
/// have the same size whatever the gradient's. So a single weight may be off by the learning rate,
/// but all together by no more than a thousandth of it.
func expectFinalWeights(
    _ policy: any CausalLanguageModel,
    _ folder: URL,
    learningRate: Double
) throws {
    let final = try SafetensorsCheckpoint(folder.appending(path: "final"))
    var (total, count) = (0.0, 0)
    for parameter in policy.parameters {
        let recorded = try final.withBytes(of: parameter.name) { bytes in
            try Tensor.copying(bytes, shape: parameter.master.shape, .float32)
        }
        let differences = try (parameter.master.detached() - recorded).doubles().map(abs)
        #expect(try #require(differences.max()) <= learningRate, "\(parameter.name)")
        total += differences.reduce(0, +)
        count += differences.count
    }
    #expect(total / Double(count) <= 1e-3 * learningRate)
    #expect(count == policy.trainedParameterCount)
}
