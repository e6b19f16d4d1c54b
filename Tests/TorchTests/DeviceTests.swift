import Testing
import Torch

@Suite("Device")
struct DeviceTests {
    @Test(
        "names are read and written",
        arguments: [
            ("cpu", Device.cpu, "cpu"), ("cuda", Device(.cuda), "cuda:0"),
            ("cuda:3", Device(.cuda, index: 3), "cuda:3"), ("mps", Device(.mps), "mps"),
        ]
    )
    func names(text: String, device: Device, description: String) {
        #expect(Device(text) == device)
        #expect(device.description == description)
        #expect(Device(description) == device)
    }

    @Test(
        "other texts are no devices",
        arguments: [
            "", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:128", "cuda:x", "cuda:0:0", "mps:1",
            " cpu",
        ]
    )
    func otherTexts(text: String) {
        #expect(Device(text) == nil)
    }

    @Test("there is one CPU, and it is available")
    func cpu() throws {
        #expect(try Device.count(.cpu) == 1)
        try Device.cpu.requireAvailable()
    }

    @Test(
        "a device that the machine does not have is one clear error",
        arguments: Device.Kind.allCases,
        [-1, 64, Int.max]
    )
    func missing(kind: Device.Kind, index: Int) throws {
        let device = Device(kind, index: index)
        let error = try #require(throws: TorchError.self) { try device.requireAvailable() }
        let count = try Device.count(kind)
        #expect(
            error.description
                == "device: \(device) is not available: libtorch sees \(count) \(kind.rawValue) devices"
        )
    }

    @Test(
        "a tensor on a device that is missing is one clear error",
        arguments: [
            Device(.cuda), Device(.mps), Device(.cuda, index: -1), Device(.cuda, index: .max),
        ]
        .filter { !devices.contains($0) }
    )
    func tensorOnMissing(device: Device) throws {
        let here = try Tensor([1] as [Float])
        let attempts: [() throws -> Tensor] = [
            { try Tensor.zeros([1], .float32, on: device) },
            { try Tensor([1] as [Float], on: device) },
            { try here.to(on: device) },
        ]
        for attempt in attempts {
            let error = try #require(throws: TorchError.self) { try attempt() }
            #expect(error.message.contains(device.kind.rawValue))
            #expect(error.isShort, "\(error)")
        }
    }

    @Test("a model's step gives the same numbers on every device", arguments: devices)
    func step(device: Device) throws {
        // loss = Σ (x w)² with x = [1, 2], w = [3, −1]ᵀ: x w = 1, dw = 2 · 1 · x = [2, 4].
        let x = try Tensor([1, 2] as [Float], shape: [1, 2], on: device)
        let w = try Tensor([3, -1] as [Float], shape: [2, 1], on: device)
        try w.setRequiresGradient(true)
        try x.matrixProduct(w).squared().sum().backward()
        let gradient = try #require(w.gradient)
        #expect(gradient.device == device)
        #expect(try gradient.elements() == [2, 4] as [Float])
        try SGD([w]).step(gradients: [gradient], learningRate: 0.5)
        #expect(try w.elements() == [2, -3] as [Float])
    }

    @Test("tensors move to a device and back", arguments: devices)
    func moving(device: Device) throws {
        let there = try Tensor([1, 2, 3] as [Float]).to(on: device)
        #expect(there.device == device)
        let back = try there.to(.float64, on: .cpu)
        #expect(back.device == .cpu)
        #expect(try back.elements() == [1.0, 2, 3])
        #expect(try there.sum().item() == 6)
    }
}
