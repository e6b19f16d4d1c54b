/// What was given for a command's settings, and where.
struct GivenSettings {
    /// What was given for one of them.
    struct Entry {
        /// As in the help, without dashes.
        let name: String
        /// One text, several for an option that repeats; of a switch true or false.
        let values: [String]
        /// The place in a file; nil for the command line.
        let place: FilePlace?
    }

    /// A line of a file; the file alone for what follows from it without standing there.
    struct FilePlace: CustomStringConvertible {
        let file: String
        let line: Int?

        var description: String { file + (line.map { ", line \($0)" } ?? "") }
    }

    /// At most one for each name.
    private(set) var entries: [Entry] = []

    subscript(name: String) -> Entry? { entries.first { $0.name == name } }

    /// Adds what was given, in place of what was given for the same setting before.
    mutating func set(_ entry: Entry) {
        entries.removeAll { $0.name == entry.name }
        entries.append(entry)
    }

    /// A message with the place in a file of the first setting that it is about, if it has one.
    func placed(_ message: String) -> String {
        let words = message.split { !($0.isLetter || $0.isNumber || $0 == "-") }
        let flags = words.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
        guard let place = flags.lazy.compactMap({ self[$0]?.place }).first else { return message }
        return "\(place): \(message)"
    }
}
