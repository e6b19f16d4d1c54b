import Files
public import Foundation

/// A folder in which prepared data are kept, and what references say of them, so that both are
/// computed once.
///
/// A file's name is its key, so nothing in it is ever out of date. Where the folder grows beyond
/// its limit, what was not used for the longest time goes.
public struct DataCache: Sendable, Equatable {
    /// Where the files lie; made when something is kept.
    public let folder: URL
    /// The most bytes of all files together, as far as the one just kept allows.
    public let byteLimit: Int

    /// 20 GB.
    public static let standardByteLimit = 20_000_000_000

    /// A cache in a folder.
    public init(folder: URL, byteLimit: Int = standardByteLimit) {
        self.folder = folder
        self.byteLimit = byteLimit
    }

    /// The folder where nothing else is said: `data` in `PENCHANT_CACHE`, in
    /// `XDG_CACHE_HOME/penchant` or in `~/.cache/penchant`; nil where there is no home.
    public static func standardFolder(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> URL? {
        func folder(_ name: String, _ path: String) -> URL? {
            // Only full paths count: so the specification of XDG_CACHE_HOME wants it.
            guard let base = environment[name], base.hasPrefix("/") else { return nil }
            return URL(fileURLWithPath: base + path, isDirectory: true)
        }
        return folder("PENCHANT_CACHE", "/data") ?? folder("XDG_CACHE_HOME", "/penchant/data")
            ?? folder("HOME", "/.cache/penchant/data")
    }

    /// What is kept in the folder.
    public struct Entry: Sendable, Equatable {
        /// The file.
        public let url: URL
        /// Its size.
        public let byteCount: Int
        /// When it was last used.
        public let lastUse: Date
    }

    /// What is kept, the one used last first.
    public var entries: [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name -> Entry? in
            guard name.hasSuffix(Self.suffix) || name.hasSuffix(Self.referenceSuffix)
            else { return nil }
            let url = folder.appending(path: name)
            guard let stamp = FileStamp(url) else { return nil }
            return Entry(url: url, byteCount: stamp.byteCount, lastUse: stamp.date)
        }
        .sorted { ($0.lastUse, $0.url.path) > ($1.lastUse, $1.url.path) }
    }

    /// Removes everything that is kept.
    ///
    /// Programs that use it keep what they have open.
    ///
    /// - Throws: `FileError`.
    public func clear() throws {
        AtomicFile.removeLeftovers(in: folder)
        for entry in entries where unlink(entry.url.path) != 0 && errno != ENOENT {
            throw FileError.system("remove", entry.url.path)
        }
    }

    private static let suffix = ".preferences"
    /// What ends the names of files that keep what a reference says; they lie in the same folder.
    package static let referenceSuffix = ".reference"

    func url(_ key: DataKey) -> URL { folder.appending(path: key.name + Self.suffix) }

    /// What is kept under a key; nil where there is nothing.
    ///
    /// - Throws: `StoreProblem` where there is something that cannot be used.
    func store(_ key: DataKey) throws -> PreferenceStore? {
        let url = url(key)
        guard FileStamp(url) != nil, let file = try? MappedFile(url) else { return nil }
        let store = try PreferenceStore(file, key: key)
        // Its date tells when it was last used; where it cannot be set, it only goes earlier.
        utimes(url.path, nil)
        return store
    }

    /// A file to be put in the place of a key, in a folder that is made where it is not there.
    func newFile(_ key: DataKey) throws -> AtomicFile {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError("make the folder", folder.path, reason: error.localizedDescription)
        }
        AtomicFile.removeLeftovers(in: folder)
        return try AtomicFile(url(key))
    }

    /// Removes what was not used for the longest time, until all fits the limit.
    func removeOldest(sparing key: DataKey) {
        let spared = url(key).lastPathComponent
        var total = 0
        for entry in entries {
            total += entry.byteCount
            if total > byteLimit, entry.url.lastPathComponent != spared { unlink(entry.url.path) }
        }
    }
}
