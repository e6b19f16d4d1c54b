import Foundation
import TestSupport
import Testing
import Torch

/// An optimizer that a test makes for parameters of its own.
struct OptimizerCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable ([Tensor]) throws -> any Optimizer

    static let all = [
        OptimizerCase(testDescription: "AdamW") { try AdamW($0) },
        OptimizerCase(testDescription: "SGD") { try SGD($0) },
        OptimizerCase(testDescription: "SGD with momentum") {
            try SGD($0, SGD.Settings(momentum: 0.9))
        },
        OptimizerCase(testDescription: "RMSprop with momentum") {
            try RMSprop($0, RMSprop.Settings(momentum: 0.9))
        },
        OptimizerCase(testDescription: "Adafactor") { try Adafactor($0) },
        OptimizerCase(testDescription: "groups") {
            OptimizerGroups([
                .init(try AdamW([$0[1]]), places: [1]), .init(try AdamW([$0[0]]), places: [0]),
            ])
        },
    ]
}

@Suite("the state of optimizers")
struct OptimizerStateTests {
    /// A matrix and a vector, the same at every call.
    private func parameters() throws -> [Tensor] {
        [
            try Tensor([1, -2, 0.5, 4, 3, -1] as [Float], shape: [2, 3]),
            try Tensor([2, -3] as [Float]),
        ]
    }

    private func gradients(_ step: Int) throws -> [Tensor] {
        let numbers = (0..<8).map { Float(sin(Double(5 * step + 3 * $0))) }
        return [
            try Tensor(Array(numbers.prefix(6)), shape: [2, 3]),
            try Tensor(Array(numbers.suffix(2))),
        ]
    }

    @Test(
        "copied into a new optimizer, training goes on bit for bit",
        arguments: OptimizerCase.all
    )
    func resumed(_ optimizer: OptimizerCase) throws {
        let (straight, broken) = (try parameters(), try parameters())
        let (first, before) = (try optimizer.make(straight), try optimizer.make(broken))
        for step in 0..<3 {
            try first.step(gradients: gradients(step), learningRate: 0.1)
            try before.step(gradients: gradients(step), learningRate: 0.1)
        }
        let after = try optimizer.make(broken)
        #expect(after.state.map(\.name) == before.state.map(\.name))
        #expect(Set(after.state.map(\.name)).count == after.state.count)
        for (new, old) in zip(after.state, before.state) {
            #expect(new.tensor.shape == old.tensor.shape)
            try new.tensor.copyInPlace(old.tensor)
        }
        for step in 3..<6 {
            try first.step(gradients: gradients(step), learningRate: 0.05)
            try after.step(gradients: gradients(step), learningRate: 0.05)
        }
        for (a, b) in zip(straight, broken) { #expect(try a.isEqual(to: b)) }
        for (a, b) in zip(first.state, after.state) { #expect(try a.tensor.isEqual(to: b.tensor)) }
    }
}
