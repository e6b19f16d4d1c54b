import Testing
import Torch

@Suite("Gradients")
struct GradientTests {
    private struct Stop: Error {}

    private func leaf(_ elements: [Double]) throws -> Tensor {
        let tensor = try Tensor(elements)
        try tensor.setRequiresGradient(true)
        return tensor
    }

    @Test("the gradient of a sum of squares is twice the tensor")
    func squares() throws {
        let x = try leaf([1, -2, 3])
        #expect(x.requiresGradient)
        #expect(x.gradient == nil)
        try (x * x).sum().backward()
        #expect(try x.gradient?.elements() == [2.0, -4, 6])
    }

    @Test("gradients of several losses add up until they are let go")
    func accumulation() throws {
        let x = try leaf([1])
        try (x * 3).sum().backward()
        try (x * 4).sum().backward()
        #expect(try x.gradient?.elements() == [7.0])
        try x.setGradient(nil)
        #expect(x.gradient == nil)
        try x.setGradient(Tensor([10.0]))
        try (x * 3).sum().backward()
        #expect(try x.gradient?.elements() == [13.0])
    }

    @Test("a weight's share is added to what its other uses and earlier losses gave")
    func sharesInPlace() throws {
        let weight = try Tensor([1.0, 2, 3, 4, 5, 6], shape: [3, 2])
        try weight.setRequiresGradient(true)
        func loss() throws -> Tensor {
            // Tied: the rows of one use are multiplied with the weight itself.
            let rows = try Tensor.embedding(weight, Tensor([2, 0, 2]))
            return try (rows.linear(weight) * 2).sum()
        }
        // Of Σ 2 rᵢ · wⱼ: 2 Σ rᵢ = [22, 28] for each wⱼ, and 2 Σ wⱼ = [18, 24] for each rᵢ.
        let expected = [40.0, 52, 22, 28, 58, 76]
        try loss().backward()
        #expect(try weight.gradient?.elements() == expected)
        try loss().backward()
        #expect(try weight.gradient?.elements() == expected.map { 2 * $0 })
    }

    @Test("what was computed from a leaf hands its share on")
    func sharesBehindLeaves() throws {
        let leaf = try leaf([1, 2, 3, 4])
        let weight = try (leaf * 3).reshaped([2, 2])
        try Tensor.embedding(weight, Tensor([1, 1])).sum().backward()
        #expect(try leaf.gradient?.elements() == [0.0, 0, 6, 6])
        #expect(
            try Tensor.embedding(leaf.reshaped([2, 2]).detached(), Tensor([1])).requiresGradient
                == false
        )
    }

    @Test("a gradient of another shape or dtype cannot be set")
    func wrongGradient() throws {
        let x = try leaf([1, 2])
        #expect(throws: TorchError.self) { try x.setGradient(Tensor([1.0])) }
        #expect(throws: TorchError.self) { try x.setGradient(Tensor([1, 2] as [Float])) }
        #expect(x.gradient == nil)
    }

    @Test("nothing flows through a detached view")
    func detached() throws {
        let x = try leaf([3])
        let detached = try x.detached()
        #expect(!detached.requiresGradient)
        try (x * detached).sum().backward()
        #expect(try x.gradient?.elements() == [3.0])
    }

    @Test("only a scalar with a history can be differentiated, and only once")
    func misuse() throws {
        let x = try leaf([1, 2])
        let error = try #require(throws: TorchError.self) { try (x * 2).backward() }
        #expect(error.operation == "backward")
        #expect(throws: TorchError.self) { try Tensor([1.0]).sum().backward() }
        let loss = try (x * x).sum()
        try loss.backward()
        #expect(throws: TorchError.self) { try loss.backward() }
        #expect(throws: TorchError.self) { try (x * 2).setRequiresGradient(false) }
        #expect(throws: TorchError.self) { try x.fillInPlace(0) }
    }

    @Test("without gradients nothing is recorded, and leaves can be changed")
    func withoutRecording() throws {
        let x = try leaf([1, 2])
        let y = try withoutGradients { () throws(TorchError) in
            try x.multiplyInPlace(2)
            return try x * x
        }
        #expect(!y.requiresGradient)
        #expect(x.requiresGradient)
        #expect(try x.elements() == [2.0, 4])
    }

    @Test("recording goes on as before, also where the body throws")
    func restoring() throws {
        #expect(isRecordingGradients)
        withoutGradients { #expect(!isRecordingGradients) }
        #expect(isRecordingGradients)
        #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
        #expect(isRecordingGradients)
        withoutGradients {
            #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
            #expect(!isRecordingGradients)
            withoutGradients {}
            #expect(!isRecordingGradients)
        }
        #expect(isRecordingGradients)
    }

    @Test("a leaf's hook is called when its gradient is whole, and no more when it is taken away")
    func hook() throws {
        let leaf = try Tensor([1, 2] as [Float])
        try leaf.setRequiresGradient(true)
        var seen: [[Float]] = []
        try leaf.afterGradient { [unowned leaf] () throws(TorchError) in
            seen.append(try leaf.gradient?.elements() ?? [])
            try leaf.setGradient(nil)
        }
        // Two uses come together before it.
        try (leaf * 2 + leaf).sum().backward()
        try (leaf * 5).sum().backward()
        #expect(seen == [[3, 3], [5, 5]])
        #expect(leaf.gradient == nil)
        try leaf.afterGradient(nil)
        try leaf.sum().backward()
        #expect(seen.count == 2)
        #expect(try leaf.gradient?.elements() == [1, 1] as [Float]?)
    }

    @Test("what a hook throws comes out of the backward")
    func throwingHook() throws {
        let leaf = try Tensor([1] as [Float])
        try leaf.setRequiresGradient(true)
        try leaf.afterGradient { () throws(TorchError) in
            throw TorchError("hook", "it cannot", kind: .outOfMemory)
        }
        let error = #expect(throws: TorchError.self) { try leaf.sum().backward() }
        #expect(error?.kind == .outOfMemory)
        #expect(error?.message.contains("hook: it cannot") == true)
    }

    @Test("a hook is let go with its leaf")
    func hookLifetime() throws {
        final class Owner {}
        weak var owner: Owner?
        func make() throws -> Tensor {
            let leaf = try Tensor([1] as [Float])
            try leaf.setRequiresGradient(true)
            let held = Owner()
            owner = held
            try leaf.afterGradient { () throws(TorchError) in withExtendedLifetime(held) {} }
            return leaf
        }
        var leaf: Tensor? = try make()
        #expect(owner != nil)
        leaf = nil
        #expect(owner == nil)
        #expect(leaf == nil)
    }
}
