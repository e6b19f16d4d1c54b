import TestSupport
import Testing
import Torch

@Suite("SGD")
struct SGDTests {
    @Test("without momentum a step is the learning rate times the gradient", arguments: devices)
    func plain(device: Device) throws {
        let parameter = try Tensor([1, -2] as [Float], on: device)
        let optimizer = try SGD([parameter])
        // 1 − 0.5 · 4, −2 − 0.5 · 1
        try optimizer.step(gradients: [Tensor([4, 1] as [Float], on: device)], learningRate: 0.5)
        #expect(try parameter.elements() == [-1, -2.5] as [Float])
        // −1 − 0.25 · 2, −2.5 + 0.25 · 2
        try optimizer.step(gradients: [Tensor([2, -2] as [Float], on: device)], learningRate: 0.25)
        #expect(try parameter.elements() == [-1.5, -2] as [Float])
    }

    @Test("five steps with momentum and decay follow the formula", arguments: [0, 0.9], [0, 0.01])
    func formula(momentum: Double, decay: Double) throws {
        let start = [1.0, -2, 0.5]
        let parameter = try Tensor(start)
        let optimizer = try SGD(
            [parameter],
            SGD.Settings(momentum: momentum),
            weightDecay: decay
        )
        var expected = start
        var buffer = [0.0, 0, 0]
        for t in 1...5 {
            let gradient = [Double(t), -0.5 * Double(t), 1 / Double(t)]
            for index in start.indices {
                let decayed = gradient[index] + decay * expected[index]
                buffer[index] = momentum * buffer[index] + decayed
                expected[index] -= 0.1 * buffer[index]
            }
            try optimizer.step(gradients: [Tensor(gradient)], learningRate: 0.1)
            expectClose(
                try parameter.elements(as: Double.self),
                expected,
                relative: Tolerance.float64
            )
        }
    }

    @Test("what is not the optimizer's stays bit for bit")
    func frozen() throws {
        let (parameter, frozen) = (try Tensor([1, 2] as [Float]), try Tensor([1, 2] as [Float]))
        let gradient = try Tensor([0.5, -0.5] as [Float])
        let (frozenBefore, gradientBefore) = (try frozen.cloned(), try gradient.cloned())
        let optimizer = try SGD(
            [parameter],
            SGD.Settings(momentum: 0.9),
            weightDecay: 0.1
        )
        for _ in 0..<2 { try optimizer.step(gradients: [gradient], learningRate: 0.1) }
        #expect(try !parameter.isEqual(to: frozen))
        #expect(try frozen.isEqual(to: frozenBefore))
        #expect(try gradient.isEqual(to: gradientBefore))
    }

    @Test("the order of a gradient's elements in memory does not matter")
    func transposedGradient() throws {
        let parameter = try Tensor.zeros([2, 2], .float32)
        let gradient = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]).transposed
        try SGD([parameter]).step(gradients: [gradient], learningRate: 1)
        #expect(try parameter.elements() == [-1, -3, -2, -4] as [Float])
    }

    @Test("a gradient of another shape is an error")
    func wrongShape() throws {
        let optimizer = try SGD([Tensor([1.0, 2])])
        #expect(throws: TorchError.self) {
            try optimizer.step(gradients: [Tensor([1.0])], learningRate: 0.1)
        }
    }

    @Test("an optimizer of nothing does nothing")
    func nothing() throws {
        try SGD([], SGD.Settings(momentum: 0.9)).step(gradients: [], learningRate: 0.1)
        try SGD([]).step(gradients: [], learningRate: 0.1)
    }
}
