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

/// Rows that are read.
struct DataSourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Preferences as JSON lines or a JSON list, plain or .gz; may be given several times.",
            discussion: """
                A file, a folder (its .jsonl, .json and .ndjson files, also .gz, by name), or - \
                for standard input. Each row's form is told by its keys.
                """,
            valueName: "file|-"
        ),
        transform: dataArgument
    )
    var data: [DataSource]

    @Option(help: "The form of all rows, where it is not to be told by their keys.")
    var format: DataFormat?

    @Option(
        help: ArgumentHelp(
            "The data's names of columns, such as prompt=question,chosen=good.",
            valueName: "map"
        ),
        transform: columnMapArgument
    )
    var map = ColumnMap()

    @Option(help: "A row that cannot be used: stop, or skip (and count).")
    var onBadRow: DataSettings.BadRowHandling = .stop

    /// The files and folders that are read.
    var inputs: [URL] { data.compactMap(\.url) }

    /// Checks the settings, before anything is read.
    func check() throws {
        guard data.count(where: { $0 == .standardInput }) < 2 else {
            throw SettingError("data", found: "- twice", allowed: "standard input once")
        }
    }
}

/// What is read, and what is made of it.
struct DataOptions: ParsableArguments {
    @OptionGroup var source: DataSourceOptions

    @Option(help: "Most tokens of prompt and answer together, or none for any number.")
    var maxLength = LengthLimit(tokens: DataSettings().maximumLength)

    @Option(
        help: """
            What longer sequences lose: their end (keep-start), their beginning (keep-end), or the \
            beginning of the prompt, alike for all answers (answer-aware).
            """
    )
    var truncation: Truncation = .keepStart

    @Option(
        help: """
            Tokens that are scored: what is behind the prompt (answer), every turn of the assistant \
            (assistant), what the chat template marks with {% generation %} (generation), or all \
            (default: answer; sft assistant).
            """
    )
    var scored: ScoredTokens?

    @Option(
        help: ArgumentHelp(
            """
            Share of conversations from which empty thinking (<think></think>) is deleted, from all \
            answers alike.
            """,
            valueName: "share"
        )
    )
    var removeEmptyThinking = 0.0

    @Option(
        help: ArgumentHelp(
            "Chat template for conversations (default: the model's).",
            valueName: "file"
        ),
        transform: fileArgument
    )
    var chatTemplate: URL?

    @Option(
        help: ArgumentHelp(
            "Where prepared data are kept: a folder, or none.",
            discussion: """
                By default PENCHANT_CACHE/data, XDG_CACHE_HOME/penchant/data or \
                ~/.cache/penchant/data.
                """,
            valueName: "folder|none"
        ),
        transform: DataCacheChoice.init(argument:)
    )
    var dataCache = DataCacheChoice.standard

    @OptionGroup var tokenizer: TokenizerOptions

    /// Which tokens are scored.
    var scoredTokens: ScoredTokens { scored ?? DataSettings().scoredTokens }

    /// Checks the settings, before anything is loaded.
    func check() throws {
        try source.check()
        if let tokens = maxLength.tokens, tokens < 2 {
            throw SettingError("max-length", found: "\(tokens)", allowed: "at least 2 tokens")
        }
        guard (0...1).contains(removeEmptyThinking) else {
            throw SettingError(
                "remove-empty-thinking",
                found: "\(removeEmptyThinking)",
                allowed: "0 to 1"
            )
        }
    }

    /// What the options say, for data of a model with so many token ids.
    func settings(
        vocabularySize: Int? = nil,
        seed: UInt64 = DataSettings().seed
    ) -> DataSettings {
        DataSettings(
            maximumLength: maxLength.tokens,
            truncation: truncation,
            scoredTokens: scoredTokens,
            emptyThinkingRemoval: removeEmptyThinking,
            seed: seed,
            onBadRow: source.onBadRow,
            vocabularySize: vocabularySize,
            format: source.format,
            columns: source.map
        )
    }

    /// The tokenizer and the chat template of a model's folder.
    ///
    /// - Parameter behaviour: another than the options say.
    func processor(_ model: URL, _ behaviour: TokenizerBehaviour? = nil) throws -> TextProcessor {
        try TextProcessor(
            folder: model,
            behaviour: behaviour ?? tokenizer.behaviour,
            chatTemplate: chatTemplate
        )
    }

    /// Reads preferences with the tokenizer of a model's folder.
    func load(
        _ model: URL,
        vocabularySize: Int,
        seed: UInt64 = DataSettings().seed
    ) throws -> PreferenceDataset {
        let processor = try processor(model)
        let settings = settings(vocabularySize: vocabularySize, seed: seed)
        let dataset = try load(processor, settings)
        for notice in dataset.notices { Console.status(Console.oneLine(notice)) }
        Console.status("data: \(dataset.origin)")
        Console.status("\(dataset.report)")
        // What comes from standard input cannot be read again.
        if tokenizer.behaviour == .file, !source.data.contains(.standardInput),
            let tokenizer = processor.encoder as? Tokenizer
        {
            try TokenizerNotice.tell(of: dataset, tokenizer, in: model) {
                var settings = settings
                settings.onBadRow = .skip
                return try load(self.processor(model, .transformers), settings)
            }
        }
        return dataset
    }

    /// Prepares the data, or takes what was kept of them, and shows how far it is.
    func load(
        _ processor: TextProcessor,
        _ settings: DataSettings
    ) throws -> PreferenceDataset {
        let progress = PreparationLine()
        defer { progress.finish() }
        return try PreferenceDataset.load(
            source.data,
            processor: processor,
            settings: settings,
            cache: dataCache.cache,
            progress: progress.update
        )
    }
}

/// A number of tokens, or none.
struct LengthLimit: ExpressibleByArgument {
    let tokens: Int?

    var defaultValueDescription: String { tokens.map { "\($0)" } ?? "none" }
}

extension LengthLimit {
    init?(argument: String) {
        if argument == "none" {
            tokens = nil
        } else {
            guard let tokens = Int(argument) else { return nil }
            self.tokens = tokens
        }
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

extension ActivationCheckpointing: ExpressibleByArgument {}
extension DataSettings.BadRowHandling: ExpressibleByArgument {}
extension ScoredTokens: ExpressibleByArgument {}
extension Truncation: ExpressibleByArgument {}

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

/// Preference data named on the command line.
func dataArgument(_ argument: String) throws -> DataSource {
    if argument.isEmpty { throw ValidationError("the path of a file or folder is needed") }
    return DataSource(argument: argument)
}

/// Names of columns, as `ours=theirs,…`.
func columnMapArgument(_ text: String) throws -> ColumnMap {
    var map = ColumnMap()
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let names = part.split(separator: "=", maxSplits: 1).map(String.init)
        guard names.count == 2 else {
            throw ValidationError("'\(part)' is not a name, \"=\" and the data's name")
        }
        guard ColumnMap.names.contains(names[0]) else {
            throw ValidationError(
                "there is no column '\(names[0])'; there are "
                    + ColumnMap.names.joined(separator: ", ")
            )
        }
        guard !map.columns.contains(where: { $0.name == names[0] }) else {
            throw ValidationError("the column '\(names[0])' is mapped twice")
        }
        map.columns.append(ColumnMap.Column(name: names[0], fileName: names[1]))
    }
    return map
}

extension DataFormat: ExpressibleByArgument {}

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
