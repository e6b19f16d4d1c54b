import LanguageModels
import TestSupport
import Testing
import Torch

/// The model that needs no file.
@Suite struct ToyLlamaTests {
    private func weight(_ model: any CausalLanguageModel, _ name: String) throws -> [Float] {
        let parameter = try #require(model.parameters.first { $0.name == name })
        return try parameter.master.detached().elements(as: Float.self)
    }

    @Test("its weights are those of the closed form, the same on every machine")
    func weights() throws {
        let model = try ToyLlama.model(seed: 42)
        // Computed with the same formula in Python. One unit of the eighth decimal is what they
        // were rounded to.
        expectClose(
            Array(try weight(model, "model.embed_tokens.weight").prefix(4)),
            [0.02984714, -0.03051457, -0.02518461, 0.01463420] as [Double],
            absolute: 1e-8
        )
        expectClose(
            Array(try weight(model, "lm_head.weight").suffix(4)),
            [-0.01025097, -0.02324492, -0.00788169, 0.00739560] as [Double],
            absolute: 1e-8
        )
        #expect(try weight(model, "model.norm.weight").allSatisfy { $0 == 1 })
    }

    @Test("it has the weights of the notebook's model, uniform with deviation 0.02")
    func shape() throws {
        let model = try ToyLlama.model(seed: 7)
        #expect(model.trainedParameterCount == 1_328_384)
        let numbers = try weight(model, "model.layers.1.mlp.down_proj.weight").map(Double.init)
        // 131,072 draws: the deviation is known to about 0.1 %, its largest value is 0.02·√3.
        let square = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
        expectClose(square.squareRoot(), 0.02, relative: 0.01)
        #expect(numbers.allSatisfy { abs($0) <= 0.0346411 })
    }

    @Test("another seed gives other weights, and another name too")
    func seeds() throws {
        let models = try [42, 43].map { try ToyLlama.model(seed: $0) }
        let names = [
            "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.k_proj.weight",
        ]
        let weights = try models.flatMap { model in try names.map { try weight(model, $0) } }
        for (index, one) in weights.enumerated() {
            #expect(weights[..<index].allSatisfy { $0 != one })
        }
    }
}
