import ArgumentParser
import Foundation
import LanguageModels
import PreferenceOptimization
import Torch

/// `penchant merge`.
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Write a model with an adapter worked into its weights.",
        discussion: """
            Adds scale · B·A to each weight that the adapter changes, in float64 and one weight \
            at a time, and writes a Hugging Face folder that needs no adapter any more.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @Option(
        help: ArgumentHelp("Folder of an adapter in PEFT's form.", valueName: "folder"),
        transform: folderArgument
    )
    var adapter: URL

    @Option(
        help: ArgumentHelp("Folder to write, empty or new.", valueName: "folder"),
        transform: folderArgument
    )
    var output: URL

    @Option(
        help: """
            Dtype of the weights (default: as they are; 16 bits round small changes away, \
            float32 keeps them).
            """
    )
    var dtype: WeightDType?

    func run() throws {
        try OutputFolder.check(output)
        try ModelFolder.open(model).merge(
            AdapterFolder.open(adapter),
            to: output,
            dtype: dtype.flatMap { DType(rawValue: $0.rawValue) }
        )
        try Console.output("model    \(output.path)")
    }
}
