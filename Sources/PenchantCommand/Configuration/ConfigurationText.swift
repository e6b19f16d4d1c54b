import Foundation
import OrderedJSON

/// Settings as a file in YAML that has all of a command's, with what they mean.
struct ConfigurationText {
    let command: CommandSettings
    /// What stands at the beginning, line by line.
    let heading: [String]
    /// What a setting has, where that is not its default.
    let values: (CommandSettings.Setting) -> [String]?

    private static let width = 98

    /// The file.
    var text: String {
        var lines = heading.flatMap { Self.comment($0) }
        var section: String?
        // Those of no section stand in the help where they were declared, here at the beginning.
        let alone = command.all.filter { $0.sectionTitle == nil }
        for setting in alone + command.all.filter({ $0.sectionTitle != nil }) {
            if let title = setting.sectionTitle, title != section {
                section = title
                lines += ["", "## \(title)"]
            }
            lines.append("")
            for words in [setting.abstract, setting.discussion, Self.choices(setting)] {
                if let words { lines += Self.comment(words) }
            }
            lines += entry(setting)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func entry(_ setting: CommandSettings.Setting) -> [String] {
        let name = setting.name
        guard let texts = values(setting) ?? setting.standard.map({ [$0] }), !texts.isEmpty else {
            return ["\(name): null"]
        }
        guard setting.isRepeating else { return ["\(name): \(Self.scalar(texts[0]))"] }
        return ["\(name):"] + texts.map { "  - \(Self.scalar($0))" }
    }

    private static func choices(_ setting: CommandSettings.Setting) -> String? {
        setting.allValues.map { "One of " + $0.joined(separator: ", ") + "." }
    }

    /// Words as lines of a comment.
    private static func comment(_ words: String) -> [String] {
        var lines = ["#"]
        for word in words.split(whereSeparator: \.isWhitespace) {
            if lines[lines.count - 1].count + word.count >= width { lines.append("#") }
            lines[lines.count - 1] += " \(word)"
        }
        return lines
    }

    /// A text as YAML, in quotes where it would mean something else without.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: /[A-Za-z0-9_.\/+-][A-Za-z0-9_.\/+=,@%:-]*/) != nil
        let word = text.lowercased()
        if isPlain, !text.hasSuffix(":"), !["-", "null", "~", ".inf"].contains(word),
            !text.hasPrefix("---"), text != "..."
        {
            return text
        }
        // In double quotes YAML reads everything that JSON writes.
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return JSONValue.string(text).text
        }
        return "'" + text.replacing("'", with: "''") + "'"
    }
}
