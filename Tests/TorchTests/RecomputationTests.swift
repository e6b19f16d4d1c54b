import TestSupport
import Testing
import Torch

@Suite struct RecomputationTests {
    private struct Refusal: Error, CustomStringConvertible {
        var description: String { "not again" }
    }

    private func leaf(_ elements: [Double]) throws -> Tensor {
        let tensor = try Tensor(elements)
        try tensor.setRequiresGradient(true)
        return tensor
    }

    @Test("gradients reach the input and the leaves, and a second backward adds to them")
    func gradients() throws {
        let (x, weight) = (try leaf([2, 3]), try leaf([5, 7]))
        for round in [1.0, 2] {
            // x² w: 2 x w for x, x² for w; the input itself is behind an operation.
            let outputs = try recomputed(x * 1) { [try $0 * $0 * weight] }
            #expect(try outputs[0].elements() == [20.0, 63])
            try outputs[0].sum().backward()
            #expect(try x.gradient?.elements() == [20 * round, 42 * round])
            #expect(try weight.gradient?.elements() == [4 * round, 9 * round])
        }
    }

    @Test("the function runs twice, recorded only the second time, and once without recording")
    func runs() throws {
        let x = try leaf([2])
        var recorded: [Bool] = []
        let run = {
            try recomputed(x) { x in
                recorded.append(isRecordingGradients)
                return [try x * x]
            }
        }
        let output = try run()[0]
        #expect(recorded == [false])
        try output.sum().backward()
        #expect(recorded == [false, true])
        _ = try withoutGradients { try run() }
        #expect(recorded == [false, true, false])
    }

    @Test("leaves are trained behind an input that is not")
    func frozenInput() throws {
        let (x, weight) = (try Tensor([2.0, 3]), try leaf([5, 7]))
        let outputs = try recomputed(x) { [try $0 * weight] }
        #expect(outputs[0].requiresGradient)
        try outputs[0].sum().backward()
        #expect(try weight.gradient?.elements() == [2.0, 3])
        #expect(x.gradient == nil && !x.requiresGradient)
    }

    @Test("where nothing is trained nothing is recorded")
    func nothingTrained() throws {
        let outputs = try recomputed(Tensor([2.0])) { [try $0 * $0] }
        #expect(try outputs[0].item() == 4)
        #expect(!outputs[0].requiresGradient)
    }

    @Test("outputs that nobody used, or that nothing flows to, are no obstacle")
    func outputs() throws {
        let x = try leaf([2])
        let outputs = try recomputed(x) { [try $0 * 3, try $0 * $0, try Tensor([1.0, 1])] }
        try outputs[1].sum().backward()
        #expect(try x.gradient?.elements() == [4.0])
    }

    @Test("one within another gives the same gradients")
    func nested() throws {
        let (x, weight) = (try leaf([2, 3]), try leaf([5, 7]))
        let outputs = try recomputed(x) { x in
            let inner = try recomputed(x * weight) { [try $0 * $0] }
            return [try inner[0] * weight]
        }
        // x² w³: 2 x w³ and 3 x² w².
        try outputs[0].sum().backward()
        #expect(try x.gradient?.elements() == [500.0, 2058])
        #expect(try weight.gradient?.elements() == [300.0, 1323])
    }

    @Test("an error of the second run comes out of backward(), and work goes on")
    func secondRunThrows() throws {
        let x = try leaf([1])
        var count = 0
        let outputs = try recomputed(x) { x in
            count += 1
            guard count == 1 else { throw Refusal() }
            return [try x * 2]
        }
        let loss = try outputs[0].sum()
        let error = try #require(throws: TorchError.self) { try loss.backward() }
        #expect(error.message.hasPrefix("recomputation: not again"))
        #expect(isRecordingGradients)
        try (x * 2).sum().backward()
        #expect(try x.gradient?.elements() == [2.0])
    }

    @Test("the second run's operations have a section of the profile")
    func profile() throws {
        let x = try Tensor.full([8, 8], 1, .float32)
        try x.setRequiresGradient(true)
        try OperationProfile.begin()
        try recomputed(x) { [try $0.matrixProduct($0)] }[0].sum().backward()
        let profile = try OperationProfile.end()
        func calls(_ section: OperationProfile.Section) -> Int? {
            profile.entries.first { $0.section == section && $0.operation == "aten::mm" }?.callCount
        }
        #expect(calls(.recomputation) == 1)
        // Once forward, twice backward.
        #expect(calls(.layers) == 3)
    }
}
