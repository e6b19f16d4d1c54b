import Testing
import Torch

@Suite struct OperationProfileTests {
    @Test("operations are counted in the section that they are for, the outermost named")
    func sections() throws {
        try OperationProfile.begin()
        let x = try Tensor.full([64, 64], 1, .float32)
        _ = try x.matrixProduct(x)
        try OperationProfile.section(.reference) {
            _ = try x.matrixProduct(x)
            try OperationProfile.section(.head) { _ = try x.matrixProduct(x) }
        }
        try OperationProfile.section(.head) { _ = try x.exponential() }
        let profile = try OperationProfile.end()

        func calls(_ section: OperationProfile.Section, _ operation: String) -> Int {
            profile.entries.filter { $0.section == section && $0.operation == operation }
                .reduce(0) { $0 + $1.callCount }
        }
        #expect(calls(.layers, "aten::mm") == 1)
        #expect(calls(.reference, "aten::mm") == 2)
        #expect(calls(.head, "aten::mm") == 0)
        #expect(calls(.head, "aten::exp") == 1)
        #expect(profile.entries.allSatisfy { $0.seconds >= 0 })
        // Of five matrices of 16 KiB at least the first and one more were there together.
        #expect(profile.peakByteCount >= 2 * 64 * 64 * 4)
    }

    @Test("operations of a backward are counted")
    func backward() throws {
        let x = try Tensor.full([8, 8], 1, .float32)
        try x.setRequiresGradient(true)
        let loss = try x.matrixProduct(x).sum()
        try OperationProfile.begin()
        try loss.backward()
        let profile = try OperationProfile.end()
        #expect(profile.entries.first { $0.operation == "aten::mm" }?.callCount == 2)
    }

    @Test("a thread has one profile at a time")
    func once() throws {
        try OperationProfile.begin()
        #expect(throws: TorchError.self) { try OperationProfile.begin() }
        _ = try OperationProfile.end()
        #expect(throws: TorchError.self) { try OperationProfile.end() }
    }
}
