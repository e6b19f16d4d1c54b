import Files
import PreferenceOptimization
import Testing
import Torch

@Suite struct OptimizerSelectionTests {
    @Test("without decay of norms and biases weights of one dimension keep what others lose")
    func groups() throws {
        for kind: OptimizerSelection.Kind in [
            .adamW(.init()), .sgd(.init()), .rmsprop(.init()), .adafactor(.init()),
        ] {
            let selection = OptimizerSelection(kind, weightDecay: 0.5, decaysNormsAndBiases: false)
            try selection.validate()
            let parameters = [
                try Tensor([2, 4] as [Float]), try Tensor([2, 4] as [Float], shape: [1, 2]),
                try Tensor([3] as [Float]),
            ]
            let zeros = try parameters.map { try Tensor.zeros($0.shape, .float32) }
            let optimizer = try selection.optimizer(for: parameters)
            try optimizer.step(gradients: zeros, learningRate: 0.5)
            #expect(try parameters[0].elements() == [2, 4] as [Float])
            #expect(try parameters[2].elements() == [3] as [Float])
            // RMSprop divides decay, which is then the whole gradient, by its size.
            if case .rmsprop = kind {
                #expect(try parameters[1].elements(as: Float.self)[0] < 2)
            } else {
                // 2 − 0.5 · 0.5 · 2, 4 − 0.5 · 0.5 · 4
                #expect(try parameters[1].elements() == [1.5, 3] as [Float])
            }
        }
    }

    @Test("a number outside its range is refused by its name on the command line")
    func ranges() {
        let bad: [(OptimizerSelection, String)] = [
            (.init(weightDecay: -1), "weight-decay"), (.init(weightDecay: .nan), "weight-decay"),
            (.init(.adamW(.init(beta1: 1))), "adam-beta1"),
            (.init(.adamW(.init(beta2: -0.1))), "adam-beta2"),
            (.init(.adamW(.init(epsilon: 0))), "adam-epsilon"),
            (.init(.sgd(.init(momentum: 1))), "momentum"),
            (.init(.sgd(.init(usesNesterov: true))), "nesterov"),
            (.init(.rmsprop(.init(alpha: 1))), "rmsprop-alpha"),
            (.init(.rmsprop(.init(epsilon: .infinity))), "rmsprop-epsilon"),
            (.init(.rmsprop(.init(momentum: -1))), "momentum"),
            (.init(.adafactor(.init(decayRate: 0.8))), "adafactor-decay-rate"),
            (.init(.adafactor(.init(clipThreshold: 0))), "adafactor-clip-threshold"),
        ]
        for (selection, name) in bad {
            let error = #expect(throws: SettingError.self) { try selection.validate() }
            #expect(error?.name == name)
        }
    }
}
