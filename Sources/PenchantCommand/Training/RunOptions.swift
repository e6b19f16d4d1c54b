import ArgumentParser
import Foundation

/// Where a run is left, and what is done and told while it lasts.
struct RunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Folder of the run, new or empty.", valueName: "folder"),
        transform: folderArgument
    )
    var output: URL

    @Flag(help: "Replace the run that the output folder holds.")
    var overwrite = false

    @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions
    @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions
    @OptionGroup(title: "Reporting") var reporting: ReportOptions
}
