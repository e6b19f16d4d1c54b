public import ArgumentParser
import Files
import Foundation
public import PreferenceData

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

extension DataFormat: ExpressibleByArgument {}
extension DataSettings.BadRowHandling: ExpressibleByArgument {}

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
