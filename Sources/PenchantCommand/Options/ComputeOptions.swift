public import ArgumentParser
import Files
import PreferenceOptimization
public import Torch

/// Where the model computes.
struct ComputeOptions: ParsableArguments {
    @Option(help: "Compute dtype: float32, or bfloat16 with float32 master weights.")
    var dtype: DType = .float32

    @Option(
        help: ArgumentHelp(
            "Device: cpu, cuda, cuda:N or mps. (default: cpu)",
            valueName: "device"
        ),
        transform: deviceArgument
    )
    var device: Device = .cpu

    @Option(help: "Threads of an operation on the CPU (default: one per core).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            """
            Most memory of tensors on the CPU, such as 12GB. Where training needs more, it goes on \
            with smaller micro-batches. (default: what the machine has free at the beginning)
            """,
            valueName: "bytes"
        )
    )
    var memoryLimit: ByteCount?

    /// Checks the device and sets threads and memory, before anything is loaded.
    func apply() throws {
        if let limit = memoryLimit?.value ?? FreeMemory.byteCount {
            TorchRuntime.limitMemory(to: limit)
        }
        if let threads {
            guard (1...1024).contains(threads) else {
                throw SettingError("threads", found: "\(threads)", allowed: "1 to 1024")
            }
            try TorchRuntime.setThreadCount(threads)
        }
        let found: String
        do {
            let count = try Device.count(device.kind)
            if device.index < count { return }
            found = "libtorch finds \(count) \(device.kind.rawValue) devices here"
        } catch {
            found = error.message
        }
        throw SettingError(
            "device",
            found: "\(device), but \(found)",
            allowed: "a device that `penchant doctor` lists"
        )
    }
}

extension DType: ExpressibleByArgument {
    /// Reads what layers can compute in.
    public init?(argument: String) {
        guard Self.allValueStrings.contains(argument) else { return nil }
        self.init(rawValue: argument)
    }

    /// What layers can compute in, for the help.
    public static var allValueStrings: [String] { [DType.float32, .bfloat16].map(\.rawValue) }
}

/// A device named on the command line.
func deviceArgument(_ text: String) throws -> Device {
    guard let device = Device(text) else {
        throw ValidationError("cpu, cuda, cuda:N or mps is needed")
    }
    return device
}
