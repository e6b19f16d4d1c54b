import Foundation
import TestSupport
import Testing
import Torch

/// Ten updates of PyTorch's and transformers' optimizers, made by Tools/make_golden_optimizers.py.
@Suite struct GoldenOptimizerTests {
    struct Golden: Decodable {
        let shapes: [String: [Int]]
        let start: [String: [Double]]
        let gradients: [[String: [Double]]]
        let rates: [Double]
        let cases: [Case]
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct Settings: Decodable {
            let beta1, beta2, epsilon, momentum, alpha: Double?
            let decayRate, clipThreshold, weightDecay: Double?
            let nesterov, decaysVectors: Bool?
        }

        let optimizer: String
        let settings: Settings
        let steps: [[String: [Double]]]

        var testDescription: String { "\(optimizer) \(settings)" }

        /// The optimizer for a matrix and a vector.
        func make(_ parameters: [Tensor]) throws -> any Optimizer {
            let decay = settings.weightDecay ?? 0
            guard settings.decaysVectors == false else { return try make(parameters, decay) }
            return OptimizerGroups([
                .init(try make([parameters[0]], decay), places: [0]),
                .init(try make([parameters[1]], 0), places: [1]),
            ])
        }

        private func make(_ parameters: [Tensor], _ decay: Double) throws -> any Optimizer {
            switch optimizer {
            case "adamw":
                var own = AdamW.Settings()
                if let beta1 = settings.beta1 { own.beta1 = beta1 }
                if let beta2 = settings.beta2 { own.beta2 = beta2 }
                if let epsilon = settings.epsilon { own.epsilon = epsilon }
                return try AdamW(parameters, own, weightDecay: decay)
            case "sgd":
                let own = SGD.Settings(
                    momentum: settings.momentum ?? 0,
                    usesNesterov: settings.nesterov ?? false
                )
                return try SGD(parameters, own, weightDecay: decay)
            case "rmsprop":
                var own = RMSprop.Settings()
                if let alpha = settings.alpha { own.alpha = alpha }
                if let epsilon = settings.epsilon { own.epsilon = epsilon }
                if let momentum = settings.momentum { own.momentum = momentum }
                return try RMSprop(parameters, own, weightDecay: decay)
            default:
                var own = Adafactor.Settings()
                if let rate = settings.decayRate { own.decayRate = rate }
                if let threshold = settings.clipThreshold { own.clipThreshold = threshold }
                return try Adafactor(parameters, own, weightDecay: decay)
            }
        }
    }

    static let golden = Result {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try decoder.decode(
            Golden.self,
            from: Data(contentsOf: folder.appending(path: "Fixtures/optimizers.json"))
        )
    }

    /// Ten updates of a few operations each in float64, in another order than PyTorch's.
    private static let tolerance = 1e-12

    @Test("ten updates are those of the reference implementation, in float64")
    func updates() throws {
        let golden = try Self.golden.get()
        #expect(golden.cases.count == 11)
        let names = ["matrix", "vector"]
        for test in golden.cases {
            let parameters = try names.map {
                try Tensor(#require(golden.start[$0]), shape: golden.shapes[$0])
            }
            let optimizer = try test.make(parameters)
            for (step, gradients) in golden.gradients.enumerated() {
                try optimizer.step(
                    gradients: names.map {
                        try Tensor(#require(gradients[$0]), shape: golden.shapes[$0])
                    },
                    learningRate: golden.rates[step]
                )
                for (name, parameter) in zip(names, parameters) {
                    expectClose(
                        try parameter.elements(as: Double.self),
                        try #require(test.steps[step][name]),
                        absolute: Self.tolerance,
                        relative: Self.tolerance
                    )
                }
            }
        }
    }

    @Test("a gradient of another shape or dtype is an error, and nothing is changed")
    func wrongGradients() throws {
        for make in [
            { try RMSprop($0) as any Optimizer }, { try Adafactor($0) as any Optimizer },
        ] as [([Tensor]) throws -> any Optimizer] {
            let parameters = [try Tensor([1.0, 2]), try Tensor([3.0, 4])]
            let optimizer = try make(parameters)
            let good = try Tensor([1.0, 1])
            for bad in [try Tensor([1.0]), try Tensor([1, 1] as [Float])] {
                #expect(throws: TorchError.self) {
                    try optimizer.step(gradients: [good, bad], learningRate: 0.1)
                }
            }
            #expect(try parameters[0].elements() == [1.0, 2])
            for (_, tensor) in optimizer.state {
                #expect(try tensor.isEqual(to: Tensor.zeros(tensor.shape, tensor.dtype)))
            }
        }
    }
}
