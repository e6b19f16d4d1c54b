public import ArgumentParser
import Foundation
import LanguageModels
public import PreferenceData
import PreferenceOptimization
import Tokenizers
public import Torch

/// Where the model computes.
struct ComputeOptions: ParsableArguments {
    @Option(help: "Compute dtype: float32, or bfloat16 with float32 master weights.")
    var dtype: DType = .float32

    @Option(help: "Device: cpu, cuda, cuda:N or mps.")
    var device: Device = .cpu

    @Option(help: "Threads of an operation on the CPU (default: one per core).")
    var threads: Int?

    /// Checks the device and sets the threads, before anything is loaded.
    func apply() throws {
        guard [.float32, .bfloat16].contains(dtype) else {
            throw SettingError("dtype", found: dtype.rawValue, allowed: "float32 or bfloat16")
        }
        if let threads {
            guard (1...1024).contains(threads) else {
                throw SettingError("threads", found: "\(threads)", allowed: "1 to 1024")
            }
            try TorchRuntime.setThreadCount(threads)
        }
        do {
            try device.requireAvailable()
        } catch {
            throw SettingError(
                "device",
                found: "\(device), and \(error.message)",
                allowed: "one that `penchant doctor` lists"
            )
        }
    }
}

/// What is read.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Preferences as JSON lines, plain or .gz; may be given several times.",
            discussion: """
                Rows are {"prompt", "chosen", "rejected"}, {"chosen", "rejected"} that begin with \
                their prompt, or {"prompt_ids", "chosen_ids", "rejected_ids"}.
                """,
            valueName: "file"
        ),
        transform: { URL(fileURLWithPath: $0) }
    )
    var data: [URL]

    @Option(help: "Most tokens of prompt and answer together; what is behind is cut.")
    var maxLength = 1024

    @Option(help: "A row that cannot be used: stop, or skip (and count).")
    var onBadRow: DataSettings.BadRowHandling = .stop

    /// Reads the pairs with the tokenizer of a model's folder.
    func load(_ model: URL, vocabularySize: Int) throws -> PreferenceDataset {
        guard maxLength >= 2 else {
            throw SettingError("max-length", found: "\(maxLength)", allowed: "at least 2 tokens")
        }
        let dataset = try PreferenceDataset.load(
            data,
            encoder: Tokenizer(folder: model),
            settings: DataSettings(
                maximumLength: maxLength,
                onBadRow: onBadRow,
                vocabularySize: vocabularySize
            )
        )
        Console.status("\(dataset.report)")
        return dataset
    }
}

extension DType: ExpressibleByArgument {}
extension DataSettings.BadRowHandling: ExpressibleByArgument {}
extension Device: ExpressibleByArgument {
    /// Reads `cpu`, `cuda`, `cuda:1` or `mps`.
    public init?(argument: String) { self.init(argument) }
}

/// A folder named on the command line.
func folder(_ path: String) -> URL { URL(fileURLWithPath: path, isDirectory: true) }
