import ArgumentParser
import Files
import Foundation
import OrderedJSON
import PreferenceData
import Tokenizers

/// `penchant data lint`.
struct DataLint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Look for what is wrong in preference data.",
        discussion: """
            Reads all rows, none of which stops it, and prints what was found: how often, where, \
            what it means and what to do, and in the last line what it comes to. Errors are rows \
            that cannot be trained on or teach nothing; warnings hurt what is learnt; notes are \
            worth knowing. With --model it also finds what depends on tokens.

            --fix leaves out errors, contradictions (both rows), later copies and rows whose sides \
            answer different prompts; all other rows are written with their bytes as they are.
            """
    )

    @OptionGroup(title: "Data") var data: DataOptions

    @Option(
        help: ArgumentHelp(
            "Folder of the model that the data are for.",
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var model: URL?

    @Flag(help: "End with status 65 where there is an error or a warning.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "File for the rows that can be trained on; one that is there is replaced.",
            valueName: "file"
        ),
        transform: fileArgument
    )
    var fix: URL?

    @Flag(help: "Print all of it as JSON, with every row.")
    var json = false

    func run() throws {
        try data.check()
        let output = try fix.map {
            try OutputFile(
                $0,
                option: "fix",
                inputs: data.source.inputs + (model.map { [$0] } ?? [])
            )
        }
        let sources = data.source.data
        if output != nil { try sources.checkReadableTwice() }
        let report = try linter().lint(sources)
        try Console.output(json ? report.json.indentedText : report.description)
        if let output {
            let cleaning = try report.writeCleanFile(of: sources, to: output.url)
            Console.status("\(output.url.path): \(cleaning)")
        }
        if strict, report.needsAttention { throw LintFailure(report: report) }
    }

    private func linter() throws -> DataLinter {
        guard let model else {
            return try DataLinter(processor: nil, settings: data.settings())
        }
        let processor = try data.processor(model)
        return try DataLinter(
            processor: processor,
            specialTokens: (processor.encoder as? Tokenizer)?.specialTokens ?? [],
            settings: data.settings(vocabularySize: vocabularySize(of: model))
        )
    }

    /// How many token ids a model knows, whether or not its architecture is known here.
    private func vocabularySize(of model: URL) throws -> Int? {
        let file = model.appending(path: "config.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try JSONValue(contentsOf: file)["vocab_size"]?.integer
    }
}

/// What ends a strict look at data with findings.
struct LintFailure: InputError {
    let report: LintReport

    var description: String {
        let kinds = report.findings.filter { $0.kind.severity < .note }.map { finding in
            (finding.rows.isEmpty ? "" : "\(finding.rows.count.grouped) × ") + finding.kind.title
        }
        return "the data are not clean: \(kinds.joined(separator: "; "))"
    }
}
