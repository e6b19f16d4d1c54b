import ArgumentParser
import Foundation

/// The settings of a command, by the names of its long flags.
///
/// Taken from the parser's own description of the command, so that every flag is also a key of
/// configuration files, with the help's words.
struct CommandSettings {
    /// A flag or an option.
    struct Setting: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }

        let kind: String
        let isOptional: Bool
        let isRepeating: Bool
        let sectionTitle: String?
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let allValues: [String]?
        let abstract: String?
        let discussion: String?

        /// The long name, without dashes.
        var name: String { names?.first { $0.kind == "long" }?.name ?? "" }
        /// Whether it is there or not, without a value.
        var isSwitch: Bool { kind == "flag" }
        /// A value as one that means the same from every folder.
        ///
        /// Which values are paths is told by the help's name for them, such as `file`, or
        /// `folder|none` where one word is no path.
        func absolute(_ value: String) -> String {
            let kinds = (valueName ?? "").split(separator: "|").map(String.init)
            guard kinds.contains("file") || kinds.contains("folder"), !kinds.contains(value) else {
                return value
            }
            return URL(fileURLWithPath: value).standardizedFileURL.path
        }
    }

    private struct Description: Decodable {
        struct Command: Decodable { let arguments: [Setting]? }
        let command: Command
    }

    /// What is said with a run's settings but is none of them.
    private static let others: Set<String> = [
        "config", "from-trl", "overwrite", "profile", "quiet", "json", "resume", "help", "version",
    ]

    /// All settings, in the order of the help.
    let all: [Setting]
    private let byName: [String: Setting]

    /// Reads what a command takes.
    init(_ command: any ParsableCommand.Type) throws {
        let description = try JSONDecoder().decode(
            Description.self,
            from: Data(command._dumpHelp().utf8)
        )
        all = (description.command.arguments ?? []).filter {
            !$0.name.isEmpty && !Self.others.contains($0.name)
        }
        byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The setting of a name, with dashes or underscores.
    subscript(name: String) -> Setting? { byName[name.replacing("_", with: "-")] }

    /// The name that a misspelt one most likely means; nil where none is near.
    func nearest(to name: String) -> String? {
        let name = name.replacing("_", with: "-")
        let near = all.map { (name: $0.name, distance: name.editDistance(to: $0.name)) }
        guard let best = near.min(by: { $0.distance < $1.distance }),
            best.distance <= max(2, name.count / 2)
        else { return nil }
        return best.name
    }
}

extension String {
    /// How many characters have to be put in, taken out or replaced to make another text.
    func editDistance(to other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (line, character) in enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in other.indices {
                let replaced = diagonal + (character == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = Swift.min(replaced, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[other.count]
    }
}
