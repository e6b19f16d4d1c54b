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
        /// Whether it is on or off, without another value.
        var isSwitch: Bool { kind == "flag" }
        /// The value where none is given, as a file has it; of a switch the help names the flag.
        var standard: String? {
            isSwitch ? defaultValue.map { "\(!$0.hasPrefix("--no-"))" } : defaultValue
        }
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

    /// What is said with a run's settings but is none of them: where they come from.
    private static let sources: Set<String> = ["config", "from-trl", "help", "version"]
    /// What one call does or prints, whatever the run's settings are.
    private static let ofOneCall: Set<String> = ["overwrite", "resume", "quiet", "json", "profile"]

    /// All settings, in the order of the help.
    let all: [Setting]
    /// Flags that are no settings, for they say what one call does or prints.
    let callFlags: [String]
    private let byName: [String: Setting]
    /// What turns a switch off has its name behind this.
    private static let inversion = "no-"

    /// Reads what a command takes.
    init(_ command: any ParsableCommand.Type) throws {
        let description = try JSONDecoder().decode(
            Description.self,
            from: Data(command._dumpHelp().utf8)
        )
        let named = (description.command.arguments ?? []).filter {
            !$0.name.isEmpty && !Self.sources.contains($0.name)
        }
        let names = Set(named.map(\.name))
        callFlags = named.map(\.name).filter(Self.ofOneCall.contains)
        all = named.filter {
            let isInverse =
                $0.name.hasPrefix(Self.inversion)
                && names.contains(String($0.name.dropFirst(Self.inversion.count)))
            return !isInverse && !Self.ofOneCall.contains($0.name)
        }
        byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The setting of a name, with dashes or underscores.
    subscript(name: String) -> Setting? { byName[name.replacing("_", with: "-")] }

    /// The switch that a flag turns off by its name; nil for another flag.
    func inverted(by flag: String) -> Setting? {
        guard flag.hasPrefix(Self.inversion),
            let setting = self[String(flag.dropFirst(Self.inversion.count))], setting.isSwitch
        else { return nil }
        return setting
    }

    /// The command line that says the same as what was given.
    func arguments(_ given: GivenSettings) -> [String] {
        given.entries.flatMap { entry in
            guard self[entry.name]?.isSwitch == true else {
                return entry.values.map { "--\(entry.name)=\($0)" }
            }
            return ["--\(entry.values == ["true"] ? "" : Self.inversion)\(entry.name)"]
        }
    }

    /// Says of a key that is no setting's what it may have been meant for.
    func remark(on key: String) -> String {
        let name = key.replacing("_", with: "-")
        if Self.ofOneCall.contains(name) {
            return "it says what one call does, and is a flag alone: --\(name)"
        }
        if let setting = inverted(by: name) { return "\(setting.name): false says it" }
        return nearest(to: name).map { "is \($0) meant?" } ?? "`penchant config` prints all"
    }

    /// The name that a misspelt one most likely means; nil where none is near.
    private func nearest(to name: String) -> String? {
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
