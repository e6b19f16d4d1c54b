public import ArgumentParser
import Files
import Foundation
public import PreferenceData
import Tokenizers

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

extension ScoredTokens: ExpressibleByArgument {}
extension Truncation: ExpressibleByArgument {}
