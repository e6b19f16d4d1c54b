import ArgumentParser
import Files
import Foundation
import LanguageModels
import PreferenceOptimization
import Tokenizers

/// `penchant init`.
struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a model with random weights.",
        discussion: """
            Weights are distributed as transformers initialises the architecture. The same seed \
            gives the same model on every machine.
            """
    )

    @Option(help: "The model's config.json.", transform: fileArgument)
    var config: URL

    @Option(
        help: ArgumentHelp("Folder whose tokenizer files are copied.", valueName: "folder"),
        transform: folderArgument
    )
    var tokenizer: URL

    @Option(
        help: ArgumentHelp("Folder to write, empty or new.", valueName: "folder"),
        transform: folderArgument
    )
    var output: URL

    @Option(help: "What the weights follow from.")
    var seed: UInt64 = 42

    @Option(help: "Dtype of the weights.")
    var dtype: WeightDType = .float32

    func run() throws {
        try OutputFolder.check(output)
        let model = try NewModel(configuration: config)
        let size = try Tokenizer(folder: tokenizer).vocabularySize
        guard model.vocabularySize >= size else {
            throw SettingError(
                "config",
                found: "\(config.path) with a vocabulary of \(model.vocabularySize)",
                allowed: "at least \(size), the tokenizer's,"
            )
        }
        try model.write(to: output, tokenizer: tokenizer, seed: seed, element: dtype.element)
        let count = model.parameters.reduce(0) { $0 + $1.count }
        try Console.output("model       \(output.path)")
        try Console.output("parameters  \(count)")
    }
}
