import ArgumentParser
import Files
import Foundation
import PreferenceData
import PreferenceOptimization

/// `penchant data split`.
struct DataSplit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Hold out preferences for evaluation, by prompt.",
        discussion: """
            All rows of a prompt go to one side. The same rows, seed and number give the same \
            split, whatever the order of rows and files. Rows keep their bytes and their order. A \
            file whose name ends in .json is a list, one that ends in .gz is compressed.
            """
    )

    @OptionGroup(title: "Data") var source: DataSourceOptions

    @Option(
        help: ArgumentHelp(
            """
            Folder for train.jsonl and eval.jsonl; or, given twice, the file for training and the \
            one for evaluation. Files that are there are replaced.
            """,
            valueName: "path"
        ),
        transform: fileArgument
    )
    var output: [URL]

    @Option(help: "Share of the rows that is held out, between 0 and 1.")
    var fraction: Double?

    @Option(help: "How many rows are held out, in place of a share.")
    var count: Int?

    @Option(help: "Which of all splits it is.")
    var seed: UInt64 = 42

    func run() throws {
        let share = try share()
        try source.check()
        try source.data.checkReadableTwice()
        let (training, evaluation) = try outputs()
        let report: RowSplitter.Report
        do {
            report = try splitter().split(
                source.data,
                holdingOut: share,
                seed: seed,
                training: training.url,
                evaluation: evaluation.url
            )
        } catch let error as PromptSplitError where error.isCount {
            throw SettingError(
                "count",
                found: "\(count ?? 0), and there are \(error.rows.counted("row"))",
                allowed: "at least 1 row on each side"
            )
        }
        for skipped in report.skipped { Console.status("skipped \(skipped)") }
        try Console.output(
            "\(training.url.path)  \(report.trainingRows.counted("row")), "
                + report.trainingPrompts.counted("prompt")
        )
        try Console.output(
            "\(evaluation.url.path)  \(report.evaluationRows.counted("row")), "
                + report.evaluationPrompts.counted("prompt")
        )
    }

    private func splitter() -> RowSplitter {
        RowSplitter(
            settings: DataSettings(
                onBadRow: source.onBadRow,
                format: source.format,
                columns: source.map
            )
        )
    }

    private func share() throws -> RowSplitter.Share {
        switch (fraction, count) {
        case (let fraction?, nil):
            guard fraction > 0, fraction < 1 else {
                throw SettingError(
                    "fraction",
                    found: "\(fraction)",
                    allowed: "a number above 0 and below 1"
                )
            }
            return .fraction(fraction)
        case (nil, let count?):
            guard count >= 1 else {
                throw SettingError("count", found: "\(count)", allowed: "at least 1 row")
            }
            return .count(count)
        default:
            throw ValidationError("Give either --fraction or --count.")
        }
    }

    /// The files for both sides, in a folder that is made where it is not there.
    private func outputs() throws -> (training: OutputFile, evaluation: OutputFile) {
        var urls = output
        if let folder = urls.first, urls.count == 1 {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
            guard !exists || isFolder.boolValue else {
                throw SettingError(
                    "output",
                    found: "\(folder.path), which is a file",
                    allowed: "a folder, or two files with --output given twice"
                )
            }
            if !exists {
                do {
                    try FileManager.default.createDirectory(
                        at: folder,
                        withIntermediateDirectories: true
                    )
                } catch {
                    throw FileError.system("make", folder.path)
                }
            }
            urls = ["train.jsonl", "eval.jsonl"].map { folder.appending(path: $0) }
        }
        guard urls.count == 2, urls[0].standardized != urls[1].standardized else {
            throw SettingError(
                "output",
                found: urls.map(\.path).joined(separator: ", "),
                allowed: "one folder or two different files"
            )
        }
        return (
            try OutputFile(urls[0], inputs: source.inputs),
            try OutputFile(urls[1], inputs: source.inputs)
        )
    }
}
