import ArgumentParser
import Files
import Foundation
import PreferenceData
import PreferenceOptimization

/// `penchant data cache`.
struct DataCacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "List or clear the prepared data that are kept.",
        discussion: """
            Prepared data are kept by their contents, so they are never out of date. Beyond \
            \(DataCache.standardByteLimit / 1_000_000_000) GB those go that were not used for the \
            longest time.
            """
    )

    @Flag(help: "Remove all of them.")
    var clear = false

    @Option(
        help: ArgumentHelp("The folder, where it is not the usual one.", valueName: "folder"),
        transform: folderArgument
    )
    var dataCache: URL?

    func run() throws {
        guard let folder = dataCache ?? DataCache.standardFolder() else {
            throw SettingError("data-cache", found: "nothing, and no HOME", allowed: "a folder")
        }
        let cache = DataCache(folder: folder)
        let entries = cache.entries
        let bytes = entries.reduce(0) { $0 + $1.byteCount }
        let total = "\(entries.count.counted("file")), \(bytes.megabytes), in \(folder.path)"
        if clear {
            try cache.clear()
            return try Console.output("removed \(total)")
        }
        for entry in entries {
            try Console.output(
                "\(entry.lastUse.ISO8601Format())  \(entry.byteCount.megabytes)  "
                    + entry.url.lastPathComponent
            )
        }
        try Console.output(total)
    }
}

extension Int {
    /// A number of bytes for a person.
    fileprivate var megabytes: String { "\((Double(self) / 1e6).short) MB" }
}
