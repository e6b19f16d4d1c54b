import TestSupport
import Testing
import Torch

@Suite("Custom gradients")
struct CustomGradientTests {
    /// An object whose end can be seen.
    private final class Token {}

    private func leaf(_ elements: [Double]) throws -> Tensor {
        let tensor = try Tensor(elements)
        try tensor.setRequiresGradient(true)
        return tensor
    }

    /// (x y, eˣ + y²), with dx = g₁ y + g₂ eˣ and dy = g₁ x + 2 g₂ y.
    private func pair(_ x: Tensor, _ y: Tensor) throws(TorchError) -> [Tensor] {
        try withCustomGradient([x, y]) { () throws(TorchError) in
            let (x, y) = (try x.detached(), try y.detached())
            let exponential = try x.exponential()
            return CustomGradient([try x * y, try exponential + y * y]) {
                (gradients, _) throws(TorchError) in
                [
                    try gradients[0] * y + gradients[1] * exponential,
                    try gradients[0] * x + gradients[1] * y * 2,
                ]
            }
        }
    }

    /// The identity with a backward of the test's choice.
    private func identity(
        _ inputs: [Tensor],
        backward: @escaping CustomGradient.Backward
    ) throws(TorchError) -> [Tensor] {
        try withCustomGradient(inputs) { () throws(TorchError) in
            CustomGradient(
                try inputs.map { (input) throws(TorchError) in try input.cloned() },
                backward: backward
            )
        }
    }

    @Test("two inputs and two outputs differentiate like finite differences")
    func finiteDifferences() throws {
        let inputs = [try Tensor([0.5, -1, 2]), try Tensor([1.5, 0.25, -3])]
        try expectGradients(at: inputs) { inputs in
            let outputs = try pair(inputs[0], inputs[1])
            return try (outputs[0].squared() + outputs[1] * outputs[0]).sum()
        }
    }

    @Test("the outputs have the values of the body, and are recorded")
    func values() throws {
        let outputs = try pair(leaf([0]), leaf([3]))
        #expect(try outputs.map { try $0.item() } == [0, 10])
        #expect(outputs.map(\.requiresGradient) == [true, true])
    }

    @Test("the gradient of an output that nobody used is zero")
    func unusedOutput() throws {
        let x = try leaf([1, 2])
        var seen: [[Double]] = []
        let outputs = try withCustomGradient([x]) { () throws(TorchError) in
            CustomGradient([try x * 2, try Tensor.zeros([3], .float64)]) {
                (gradients, _) throws(TorchError) in
                for gradient in gradients { seen.append(try gradient.elements()) }
                return [try gradients[0] * 2]
            }
        }
        try (outputs[0] * 5).sum().backward()
        #expect(seen == [[5, 5], [0, 0, 0]])
        #expect(try x.gradient?.elements() == [10.0, 10])
    }

    @Test("the backward is told which inputs need a gradient")
    func needs() throws {
        let (a, b, c) = (try Tensor([1.0]), try leaf([1]), try Tensor([1.0]))
        var flags: [Bool] = []
        let outputs = try identity([a, b, c]) { (gradients, needs) in
            flags = needs
            return needs.indices.map { needs[$0] ? gradients[$0] : nil }
        }
        try (outputs[0] + outputs[1] * 2 + outputs[2]).sum().backward()
        #expect(flags == [false, true, false])
        #expect(try b.gradient?.elements() == [2.0])
        #expect(a.gradient == nil && c.gradient == nil)
    }

    @Test("no gradient is zero where one was asked for, and dropped where none was")
    func nilGradients() throws {
        let (x, y, z) = (try leaf([1]), try leaf([1]), try Tensor([1.0]))
        let outputs = try identity([x, y, z]) { (gradients, _) in
            [nil, gradients[1], gradients[2]]
        }
        try (outputs[0] + outputs[1] + outputs[2]).sum().backward()
        #expect(try x.gradient.map { try $0.elements() } ?? [0.0] == [0.0])
        #expect(try y.gradient?.elements() == [1.0])
        #expect(z.gradient == nil)
    }

    @Test("the backward runs without recording")
    func backwardRecordsNothing() throws {
        let x = try leaf([1])
        var wasRecording = true
        let output = try identity([x]) { (gradients, _) in
            wasRecording = isRecordingGradients
            return gradients.map { $0 }
        }
        try output[0].sum().backward()
        #expect(!wasRecording)
        #expect(isRecordingGradients)
    }

    @Test("an error of the backward comes out of backward(), and work goes on")
    func backwardThrows() throws {
        let x = try leaf([1, 2])
        let output = try identity([x]) { (_, _) throws(TorchError) in
            throw TorchError("my kernel", "no luck today")
        }
        let loss = try output[0].sum()
        let error = try #require(throws: TorchError.self) { try loss.backward() }
        #expect(error.operation == "backward")
        #expect(error.message == "my kernel: no luck today (float64[])")
        #expect(error.kind == .failure)
        #expect(x.gradient == nil)
        #expect(isRecordingGradients)
        try (x * 2).sum().backward()
        #expect(try x.gradient?.elements() == [2.0, 2])
    }

    @Test("out of memory in the backward stays out of memory")
    func backwardOutOfMemory() throws {
        let x = try leaf([1])
        let output = try identity([x]) { (_, _) throws(TorchError) in
            throw TorchError("my kernel", "full", kind: .outOfMemory)
        }
        let error = try #require(throws: TorchError.self) { try output[0].sum().backward() }
        #expect(error.kind == .outOfMemory)
        #expect(error.message.contains("my kernel: full"))
    }

    @Test("a failing operation in the backward is named")
    func backwardOperationFails() throws {
        let x = try leaf([1, 2])
        let output = try identity([x]) { (gradients, _) throws(TorchError) in
            [try gradients[0] + Tensor.zeros([3], .float64)]
        }
        let error = try #require(throws: TorchError.self) { try output[0].sum().backward() }
        #expect(error.message.contains("add: "))
        #expect(error.message.contains("float64[3]"))
    }

    @Test("the wrong number of gradients is an error", arguments: [0, 1, 3])
    func wrongCount(count: Int) throws {
        let outputs = try identity([leaf([1]), leaf([1])]) { (gradients, _) in
            [Tensor?](repeating: gradients[0], count: count)
        }
        let error = try #require(throws: TorchError.self) {
            try (outputs[0] + outputs[1]).sum().backward()
        }
        #expect(error.message.contains("\(count) gradients were returned for 2 inputs"))
    }

    @Test("a gradient of another shape than its input is an error")
    func wrongShape() throws {
        let output = try identity([leaf([1, 2])]) { (_, _) throws(TorchError) in
            [try Tensor.zeros([3], .float64)]
        }
        #expect(throws: TorchError.self) { try output[0].sum().backward() }
    }

    @Test("an error of the body comes out at once")
    func bodyThrows() throws {
        let x = try leaf([1])
        let failure = TorchError("body", "not today")
        #expect(throws: failure) {
            try withCustomGradient([x]) { () throws(TorchError) in throw failure }
        }
        #expect(isRecordingGradients)
    }

    @Test("one function can use another, in its inputs and in its body")
    func nested() throws {
        let inputs = [try Tensor([0.5, -1]), try Tensor([1.5, 0.25])]
        try expectGradients(at: inputs) { inputs in
            let inner = try pair(inputs[0], inputs[1])
            let outer = try pair(inner[0], inner[1])
            return try (outer[0] + outer[1]).sum()
        }
        // A body is not recorded, so what it uses inside has no say in the gradient.
        let x = try leaf([2])
        let output = try withCustomGradient([x]) { () throws(TorchError) in
            let inside = try pair(x, x)
            #expect(!inside[0].requiresGradient)
            return CustomGradient([inside[0]]) { (gradients, _) throws(TorchError) in
                [try gradients[0] * 100]
            }
        }
        try output[0].sum().backward()
        #expect(try x.gradient?.elements() == [100.0])
    }

    @Test("another graph can be differentiated inside a backward")
    func reentrant() throws {
        let x = try leaf([3])
        let other = try leaf([5])
        let square = try (other * other).sum()
        let output = try identity([x]) { (gradients, _) throws(TorchError) in
            try square.backward()
            return gradients.map { $0 }
        }
        try output[0].sum().backward()
        #expect(try x.gradient?.elements() == [1.0])
        #expect(try other.gradient?.elements() == [10.0])
    }

    @Test("an output may be an input, or a view of one")
    func views() throws {
        let x = try leaf([1, 2, 3, 4])
        let outputs = try withCustomGradient([x]) { () throws(TorchError) in
            CustomGradient([x, try x.reshaped([2, 2])]) { (gradients, _) throws(TorchError) in
                [try gradients[0] * 10 + gradients[1].reshaped([4])]
            }
        }
        #expect(outputs.map(\.shape) == [[4], [2, 2]])
        try (outputs[0].sum() + (outputs[1] * 2).sum()).backward()
        #expect(try x.gradient?.elements() == [12.0, 12, 12, 12])
        #expect(x.requiresGradient)
    }

    @Test("a function is differentiated once")
    func once() throws {
        let x = try leaf([1])
        let loss = try identity([x]) { (gradients, _) in gradients.map { $0 } }[0].sum()
        try loss.backward()
        #expect(throws: TorchError.self) { try loss.backward() }
        #expect(try x.gradient?.elements() == [1.0])
    }

    @Test("no graph is kept where nothing is recorded or nothing needs a gradient")
    func noGraph() throws {
        weak var token: Token?
        func outputs(_ input: Tensor) throws(TorchError) -> [Tensor] {
            let held = Token()
            token = held
            return try identity([input]) { (gradients, _) in
                withExtendedLifetime(held) { gradients.map { $0 } }
            }
        }
        let x = try leaf([1])
        let unrecorded = try withoutGradients { () throws(TorchError) in try outputs(x) }
        #expect(token == nil)
        #expect(!unrecorded[0].requiresGradient)
        let constant = try outputs(Tensor([1.0]))
        #expect(token == nil)
        #expect(!constant[0].requiresGradient)
    }

    @Test("the closure goes with the graph when it is never differentiated")
    func releasedUnused() throws {
        weak var token: Token?
        let x = try leaf([1])
        func make() throws -> Tensor {
            let held = Token()
            token = held
            return try identity([x]) { (gradients, _) in
                withExtendedLifetime(held) { gradients.map { $0 } }
            }[0].sum()
        }
        var loss: Tensor? = try make()
        #expect(token != nil)
        loss = nil
        #expect(token == nil)
        #expect(loss == nil)
    }

    @Test("a closure may hold its own outputs, and still goes with the graph")
    func holdsOutputs() throws {
        weak var token: Token?
        let x = try leaf([0])
        func make() throws -> Tensor {
            let held = Token()
            token = held
            return try withCustomGradient([x]) { () throws(TorchError) in
                let output = try x.exponential()
                return CustomGradient([output]) { (gradients, _) throws(TorchError) in
                    try withExtendedLifetime(held) { () throws(TorchError) in
                        [try gradients[0] * output]
                    }
                }
            }[0]
        }
        var unused: Tensor? = try make()
        #expect(token != nil)
        unused = nil
        #expect(token == nil)
        #expect(unused == nil)
        try (make() * 3).sum().backward()
        #expect(try x.gradient?.elements() == [3.0])
    }

    @Test("a tensor that the body returns and others hold gets no history")
    func sharedOutput() throws {
        let (x, constant) = (try leaf([1]), try Tensor([5.0]))
        let output = try withCustomGradient([x]) { () throws(TorchError) in
            CustomGradient([constant]) { (gradients, _) in gradients.map { $0 } }
        }
        #expect(output[0].requiresGradient)
        #expect(!constant.requiresGradient)
        #expect(try output[0].elements() == [5.0])
    }

    @Test("the closure goes as soon as it has run, like libtorch's own saved tensors")
    func releasedAfterUse() throws {
        weak var token: Token?
        let x = try leaf([1])
        func make() throws -> Tensor {
            let held = Token()
            token = held
            return try identity([x]) { (gradients, _) in
                withExtendedLifetime(held) { gradients.map { $0 } }
            }[0].sum()
        }
        let loss = try make()
        #expect(token != nil)
        try loss.backward()
        #expect(token == nil)
        withExtendedLifetime(loss) {}
    }

    @Test("the closure goes after an error too")
    func releasedAfterError() throws {
        weak var token: Token?
        let x = try leaf([1])
        func fail() throws {
            let held = Token()
            token = held
            let output = try identity([x]) { (_, _) throws(TorchError) in
                throw TorchError("token", "\(ObjectIdentifier(held))")
            }
            #expect(throws: TorchError.self) { try output[0].sum().backward() }
        }
        try fail()
        #expect(token == nil)
    }
}
