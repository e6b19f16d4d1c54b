public import ArgumentParser
import Files
import Foundation
import LanguageModels
public import PreferenceData
import PreferenceOptimization
public import Tokenizers
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

    /// Checks the device and sets the threads, before anything is loaded.
    func apply() throws {
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
        transform: fileArgument
    )
    var data: [URL]

    @Option(help: "Most tokens of prompt and answer together; what is behind is cut.")
    var maxLength = 1024

    @Option(help: "A row that cannot be used: stop, or skip (and count).")
    var onBadRow: DataSettings.BadRowHandling = .stop

    @Option(
        help: ArgumentHelp(
            "Where prepared data are kept: a folder, or none.",
            discussion: """
                By default PENCHANT_CACHE/data, XDG_CACHE_HOME/penchant/data or \
                ~/.cache/penchant/data.
                """,
            valueName: "folder"
        ),
        transform: DataCacheChoice.init(argument:)
    )
    var dataCache = DataCacheChoice.standard

    @OptionGroup var tokenizer: TokenizerOptions

    /// Checks the settings, before anything is loaded.
    func check() throws {
        guard maxLength >= 2 else {
            throw SettingError("max-length", found: "\(maxLength)", allowed: "at least 2 tokens")
        }
    }

    /// Reads the pairs with the tokenizer of a model's folder.
    func load(_ model: URL, vocabularySize: Int) throws -> PreferenceDataset {
        let encoder = try Tokenizer(folder: model, behaviour: tokenizer.behaviour)
        let settings = DataSettings(
            maximumLength: maxLength,
            onBadRow: onBadRow,
            vocabularySize: vocabularySize
        )
        let dataset = try load(encoder, of: model, tokenizer.behaviour, settings)
        for notice in dataset.notices { Console.status(Console.oneLine(notice)) }
        Console.status("data: \(dataset.origin)")
        Console.status("\(dataset.report)")
        if tokenizer.behaviour == .file {
            try TokenizerNotice.tell(of: dataset, encoder, in: model) { other in
                var settings = settings
                settings.onBadRow = .skip
                return try load(other, of: model, .transformers, settings)
            }
        }
        return dataset
    }

    private func load(
        _ encoder: Tokenizer,
        of model: URL,
        _ behaviour: TokenizerBehaviour,
        _ settings: DataSettings
    ) throws -> PreferenceDataset {
        let progress = PreparationLine()
        defer { progress.finish() }
        return try PreferenceDataset.load(
            data,
            processor: TextProcessor(
                encoder,
                fingerprint: TextProcessor.fingerprint(folder: model, behaviour: behaviour)
            ),
            settings: settings,
            cache: dataCache.cache,
            progress: progress.update
        )
    }
}

/// How text becomes token ids.
struct TokenizerOptions: ParsableArguments {
    @Option(
        name: .customLong("tokenizer-behaviour"),
        help: """
            Whose word holds where they differ: tokenizer.json (file), or what transformers' \
            tokenizer class makes of the folder (transformers).
            """
    )
    var behaviour: TokenizerBehaviour = .file
}

extension TokenizerBehaviour: ExpressibleByArgument {}

extension DType: ExpressibleByArgument {
    /// Reads what layers can compute in.
    public init?(argument: String) {
        guard Self.allValueStrings.contains(argument) else { return nil }
        self.init(rawValue: argument)
    }

    /// What layers can compute in, for the help.
    public static var allValueStrings: [String] { [DType.float32, .bfloat16].map(\.rawValue) }
}

extension DataSettings.BadRowHandling: ExpressibleByArgument {}

/// A device named on the command line.
func deviceArgument(_ text: String) throws -> Device {
    guard let device = Device(text) else {
        throw ValidationError("cpu, cuda, cuda:N or mps is needed")
    }
    return device
}

/// A folder named on the command line.
func folderArgument(_ path: String) throws -> URL {
    // An empty path, as of a variable that is not set, would mean the current folder.
    if path.isEmpty { throw ValidationError("the path of a folder is needed") }
    return URL(fileURLWithPath: path, isDirectory: true)
}

/// A file named on the command line.
func fileArgument(_ path: String) throws -> URL {
    if path.isEmpty { throw ValidationError("the path of a file is needed") }
    return URL(fileURLWithPath: path)
}

extension ModelFolder {
    /// Opens a folder named on the command line.
    static func open(_ url: URL) throws -> ModelFolder {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            throw FileError(
                "open the model",
                url.path,
                reason: (exists ? "it is a file" : "there is no such folder")
                    + " (a Hugging Face model folder on this machine is needed)"
            )
        }
        return try ModelFolder(url)
    }
}
