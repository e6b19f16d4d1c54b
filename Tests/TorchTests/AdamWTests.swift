import Foundation
import TestSupport
import Testing
import Torch

@Suite("AdamW")
struct AdamWTests {
    /// The formula of `AdamW`'s documentation for one number, in Double.
    private struct Formula {
        var value: Double
        var m = 0.0
        var v = 0.0

        mutating func step(_ gradient: Double, _ t: Int, _ rate: Double, _ s: AdamW.Settings) {
            m = s.beta1 * m + (1 - s.beta1) * gradient
            v = s.beta2 * v + (1 - s.beta2) * gradient * gradient
            value -= rate * AdamWTests.weightDecay * value
            let mean = m / (1 - pow(s.beta1, Double(t)))
            let square = v / (1 - pow(s.beta2, Double(t)))
            value -= rate * mean / (square.squareRoot() + s.epsilon)
        }
    }

    private static let weightDecay = 0.1
    private let settings = AdamW.Settings(beta1: 0.8, beta2: 0.95, epsilon: 1e-3)

    private func adamW(_ parameters: [Tensor]) throws -> AdamW {
        try AdamW(parameters, settings, weightDecay: Self.weightDecay)
    }
    private let start = [1.0, -2, 0.5, 4]

    /// Gradients that change sign and size from step to step, rates that change too.
    private func gradient(_ t: Int) -> [Double] {
        start.indices.map { sin(Double(3 * t + $0)) * Double($0 + 1) }
    }
    private func rate(_ t: Int) -> Double { 0.1 / Double(t) }

    private func expected(steps: Int) -> [Double] {
        start.indices.map { index in
            var number = Formula(value: start[index])
            for t in 1...steps { number.step(gradient(t)[index], t, rate(t), settings) }
            return number.value
        }
    }

    @Test("five steps in float64 follow the formula, with weight decay")
    func float64() throws {
        let parameter = try Tensor(start, shape: [2, 2])
        try parameter.setRequiresGradient(true)
        let optimizer = try adamW([parameter])
        for t in 1...5 {
            let gradient = try Tensor(gradient(t), shape: [2, 2])
            try optimizer.step(gradients: [gradient], learningRate: rate(t))
            expectClose(
                try parameter.elements(as: Double.self),
                expected(steps: t),
                relative: Tolerance.float64
            )
        }
    }

    @Test("five steps in float32 follow the formula on every device", arguments: devices)
    func float32(device: Device) throws {
        // Two tensors, of which the second has another shape.
        let parameters = [
            try Tensor(start.prefix(3).map(Float.init), on: device),
            try Tensor([Float(start[3])], shape: [1, 1], on: device),
        ]
        let optimizer = try adamW(parameters)
        for t in 1...5 {
            let numbers = gradient(t).map(Float.init)
            let gradients = [
                try Tensor(Array(numbers.prefix(3)), on: device),
                try Tensor([numbers[3]], shape: [1, 1], on: device),
            ]
            try optimizer.step(gradients: gradients, learningRate: rate(t))
        }
        let actual = try parameters.flatMap { try $0.elements(as: Float.self) }
        // Five updates of about 0.1 in float32, each rounded a few times.
        expectClose(actual, expected(steps: 5), absolute: 1e-6, relative: 1e-6)
    }

    @Test("what is not the optimizer's stays bit for bit")
    func frozen() throws {
        let parameter = try Tensor([1, 2] as [Float])
        let frozen = try Tensor([1, 2] as [Float])
        let gradient = try Tensor([0.5, -0.5] as [Float])
        let (frozenBefore, gradientBefore) = (try frozen.cloned(), try gradient.cloned())
        let optimizer = try adamW([parameter])
        try optimizer.step(gradients: [gradient], learningRate: 0.1)
        #expect(try !parameter.isEqual(to: frozen))
        #expect(try frozen.isEqual(to: frozenBefore))
        #expect(try gradient.isEqual(to: gradientBefore))
    }

    @Test("without decay a parameter without gradient stays bit for bit")
    func zeroGradient() throws {
        let parameter = try Tensor([1.1, -2.3] as [Float])
        let before = try parameter.cloned()
        let optimizer = try AdamW([parameter])
        for _ in 0..<3 {
            try optimizer.step(gradients: [Tensor.zeros([2], .float32)], learningRate: 0.1)
        }
        #expect(try parameter.isEqual(to: before))
    }

    @Test("a learning rate of 0 changes nothing but the state")
    func zeroRate() throws {
        let parameter = try Tensor([1.1, -2.3] as [Float])
        let before = try parameter.cloned()
        let optimizer = try adamW([parameter])
        try optimizer.step(gradients: [Tensor([1, 1] as [Float])], learningRate: 0)
        #expect(try parameter.isEqual(to: before))
    }

    @Test("the order of a gradient's elements in memory does not matter")
    func transposedGradient() throws {
        let numbers: [Float] = [1, 2, 3, 4, 5, 6]
        let (a, b) = (try Tensor.zeros([2, 3], .float32), try Tensor.zeros([2, 3], .float32))
        let gradient = try Tensor(numbers, shape: [3, 2]).transposed
        try adamW([a]).step(gradients: [gradient], learningRate: 0.1)
        try adamW([b]).step(gradients: [gradient.contiguous()], learningRate: 0.1)
        #expect(try a.isEqual(to: b))
    }

    @Test("a gradient of another shape or dtype is an error, and no step is counted")
    func wrongGradient() throws {
        let (parameter, other) = (try Tensor(start), try Tensor(start))
        let (optimizer, undisturbed) = (
            try adamW([parameter]), try adamW([other])
        )
        #expect(throws: TorchError.self) {
            try optimizer.step(gradients: [Tensor([1.0])], learningRate: 0.1)
        }
        #expect(throws: TorchError.self) {
            try optimizer.step(gradients: [Tensor([1, 1, 1, 1] as [Float])], learningRate: 0.1)
        }
        #expect(try parameter.elements() == start)
        let gradient = try Tensor(gradient(1))
        try optimizer.step(gradients: [gradient], learningRate: 0.1)
        try undisturbed.step(gradients: [gradient], learningRate: 0.1)
        #expect(try parameter.isEqual(to: other))
    }

    @Test("an optimizer of nothing does nothing")
    func nothing() throws {
        try AdamW([]).step(gradients: [], learningRate: 0.1)
    }

    @Test("another number of gradients than of parameters is a programming error")
    func wrongCount() async {
        await #expect(processExitsWith: .failure) {
            try AdamW([Tensor([1.0])]).step(gradients: [], learningRate: 0.1)
        }
    }
}
