import ArgumentParser
import Foundation

/// What is trained on what.
struct InputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Folder of the model to train.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @OptionGroup(title: "Data") var data: DataOptions
}
