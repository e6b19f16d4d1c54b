import Foundation
import Testing
import Torch

// The count of handles, the random generator and the number of threads belong to the process, and
// tests run side by side in one. Each of these has a process of its own.
@Suite("What belongs to the whole process", .serialized)
struct ProcessStateTests {
    @Test("a thousand steps hold no more tensors than one")
    func leaks() async {
        await #expect(processExitsWith: .success) {
            let weight = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
            try weight.setRequiresGradient(true)
            let optimizer = try AdamW([weight])

            func step() throws {
                let outputs = try withCustomGradient([weight]) { () throws(TorchError) in
                    let saved = try weight.detached().exponential()
                    return CustomGradient([try weight * 2, saved]) {
                        (gradients, _) throws(TorchError) in
                        [try gradients[0] * 2 + gradients[1] * saved]
                    }
                }
                try (outputs[0] + outputs[1]).sum().backward()
                guard let gradient = weight.gradient else { throw TorchError("leak", "none") }
                try optimizer.step(gradients: [gradient], learningRate: 1e-3)
                try weight.setGradient(nil)
                // What fails on the way must not leave anything either.
                let failing = try withCustomGradient([weight]) { () throws(TorchError) in
                    CustomGradient([try weight * 2]) { (gradients, _) throws(TorchError) in
                        [try gradients[0] + Tensor.zeros([3], .float32)]
                    }
                }
                #expect(throws: TorchError.self) { try failing[0].sum().backward() }
                // Never differentiated.
                _ = try withCustomGradient([weight]) { () throws(TorchError) in
                    let output = try weight.detached().exponential()
                    return CustomGradient([output]) { (gradients, _) throws(TorchError) in
                        [try gradients[0] * output]
                    }
                }
            }

            try step()
            let before = Tensor.liveHandles
            for _ in 0..<1000 { try step() }
            let after = Tensor.liveHandles
            #expect(after == before, "\(after - before) more than after the first step")
            #expect(before > 0)
            withExtendedLifetime((weight, optimizer)) {}
        }
    }

    @Test("the count of handles goes up with a tensor and down without")
    func liveHandles() async {
        await #expect(processExitsWith: .success) {
            let before = Tensor.liveHandles
            var tensor: Tensor? = try Tensor([1, 2])
            let view = try tensor?.narrowed(0..<1)
            #expect(Tensor.liveHandles == before + 2)
            tensor = nil
            #expect(Tensor.liveHandles == before + 1)
            withExtendedLifetime(view) {}
            _ = tensor
        }
    }

    @Test("the same seed gives the same normal numbers")
    func seed() async {
        await #expect(processExitsWith: .success) {
            try TorchRuntime.seed(7)
            let first = try Tensor.normal([1000])
            let second = try Tensor.normal([1000])
            try TorchRuntime.seed(7)
            #expect(try Tensor.normal([1000]).isEqual(to: first))
            #expect(try !first.isEqual(to: second))
            try TorchRuntime.seed(8)
            #expect(try !Tensor.normal([1000]).isEqual(to: first))
            // The mean of 1,000 has a standard error of 0.032, the mean square one of 0.045.
            #expect(try abs(first.mean().item()) < 0.16)
            #expect(try abs(first.squared().mean().item() - 1) < 0.23)
        }
    }

    @Test("the number of threads can be set, but not to none")
    func threads() async {
        await #expect(processExitsWith: .success) {
            try TorchRuntime.setThreadCount(1)
            #expect(try TorchRuntime.threadCount == 1)
            try TorchRuntime.setThreadCount(2)
            #expect(try TorchRuntime.threadCount == 2)
            for count in [0, -1, Int.max] {
                #expect(throws: TorchError.self) { try TorchRuntime.setThreadCount(count) }
            }
            #expect(try TorchRuntime.threadCount == 2)
        }
    }

    #if os(Linux)
    @Test("passes over rows run on as many threads as are set, which changes no output")
    func passes() async {
        await #expect(processExitsWith: .success) {
            func threads() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
            }
            let (rows, heads, size) = (600, 4, 32)
            // Filled by this thread alone.
            let numbers: [Float] = (0..<rows * heads * size).map { number in
                Float(number * 37 % 101) / 50 - 1
            }
            let x = try Tensor(numbers, shape: [rows, heads, size])
            let weight = try Tensor(Array(numbers.prefix(size)))
            let sines = try Tensor(
                Array(numbers.prefix(rows * size / 2)),
                shape: [rows, 1, size / 2]
            )
            let targets = try Tensor((0..<rows).map { $0 % size })
            let attention = SpanAttention(
                rows: [0..<400, 400..<600],
                contexts: [[], [0..<300]],
                window: nil,
                scale: 0.2
            )
            func outputs() throws -> [Tensor] {
                let normalized = try FusedPasses.normalized(
                    x,
                    weight: weight,
                    epsilon: 1e-5,
                    form: .roundedLast
                )
                let rotated = try FusedPasses.rotated(
                    x,
                    cosine: x.narrowed(0..<1, dimension: 1),
                    sine: sines,
                    isBackward: false
                )
                let gated = try FusedPasses.siluGated(x, x)
                let scores = try FusedPasses.scores(
                    x.reshaped([rows, heads * size]),
                    targets: targets
                )
                let (output, logSum) = try attention.output(x, x, x)
                let gradients = try attention.gradients(
                    x,
                    x,
                    x,
                    x,
                    output: output,
                    logSumExponential: logSum
                )
                return [
                    normalized.output, rotated, gated, scores, output, logSum, gradients[0],
                ]
            }
            try TorchRuntime.setThreadCount(1)
            let alone = try outputs()
            let before = try threads()
            try TorchRuntime.setThreadCount(3)
            _ = try FusedPasses.siluGated(x, x)
            #expect(try threads() == before + 2)
            for (one, three) in zip(alone, try outputs()) {
                #expect(try one.isEqual(to: three))
            }
        }
    }
    #endif

    @Test("the limit of memory counts kept zeros, and what a lent tensor will take when it changes")
    func memoryLimit() async {
        await #expect(processExitsWith: .success) {
            let size = 2 << 20
            final class Memory {
                let bytes = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: 8 << 20,
                    alignment: 64
                )
                init() { bytes.initializeMemory(as: UInt8.self, repeating: 3) }
                deinit { bytes.deallocate() }
            }
            func lent(isToChange: Bool) throws -> Tensor {
                let memory = Memory()
                return try Tensor.viewing(
                    UnsafeRawBufferPointer(memory.bytes),
                    shape: [size],
                    .float32,
                    isToChange: isToChange,
                    owner: memory
                )
            }
            func doesNotFit(_ body: () throws -> Any) -> Bool {
                let error = #expect(throws: TorchError.self) { _ = try body() }
                return error?.kind == .outOfMemory
            }
            TorchRuntime.limitMemory(to: size * 4 * 5 / 2)
            // What only reads takes nothing.
            let read = try (0..<3).map { _ in try lent(isToChange: false) }
            var zeros: Tensor? = try Tensor.keptZeros([size], .float32)
            #expect(try zeros?.elements(as: Float.self).allSatisfy { $0 == 0 } == true)
            var changing: Tensor? = try lent(isToChange: true)
            #expect(doesNotFit { try lent(isToChange: true) })
            #expect(doesNotFit { try Tensor.keptZeros([size], .float32) })
            #expect(doesNotFit { try Tensor.empty([size], .float32) })
            // A change that fails takes nothing and gives nothing back.
            TorchRuntime.limitMemory(to: size * 4)
            #expect(doesNotFit { try #require(changing).fillInPlace(5) })
            TorchRuntime.limitMemory(to: size * 4 * 5 / 2)
            #expect(doesNotFit { try lent(isToChange: true) })
            // Its place is kept, and it takes that and no more.
            try changing?.fillInPlace(5)
            #expect(doesNotFit { try Tensor.keptZeros([size], .float32) })
            zeros = nil
            let next = try Tensor.keptZeros([size], .float32)
            #expect(doesNotFit { try Tensor.keptZeros([size], .float32) })
            changing = nil
            _ = try lent(isToChange: true)
            let last = try Tensor.empty([size], .float32)
            #expect(changing == nil && zeros == nil)
            withExtendedLifetime((read, next, last)) {}
        }
    }

    @Test("the runtime names its version and instruction set")
    func runtime() throws {
        #expect(TorchRuntime.version.hasPrefix("2."))
        #expect(try !TorchRuntime.cpuCapability.isEmpty)
    }

    #if os(Linux)
    @Test("pages that are released leave memory, and come again when they are touched")
    func releasedPages() async {
        await #expect(processExitsWith: .success) {
            func resident() throws -> Int {
                let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
                    .split(separator: " ")
                return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
            }
            let file = try OffloadFile(in: FileManager.default.temporaryDirectory.path)
            let size = 64 << 20
            let tensor = try file.zeros([size], .bool)
            let before = try resident()
            try tensor.fillInPlace(1)
            // Other things may come and go beside it.
            let margin = size / 8
            #expect(try resident() - before > size - margin)
            try tensor.narrowed(0..<size / 2).releasePages()
            #expect(try abs(resident() - before - size / 2) < margin)
            tensor.releasePages()
            #expect(try resident() - before < margin)
            #expect(try tensor.to(.float32).sum().item() == Double(size))
        }
    }
    #endif
}
