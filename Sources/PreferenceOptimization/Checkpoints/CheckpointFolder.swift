import Files
public import Foundation
public import LanguageModels

/// The checkpoints of a run, each a folder named by its step.
public struct CheckpointFolder {
    /// When checkpoints are made, and how many stay.
    public struct Settings: Sendable, Equatable {
        /// After every so many steps, at least 1; nil for never.
        public var steps: Int?
        /// When the newest is so many seconds old, above 0; nil for never.
        public var seconds: Double?
        /// How many of the newest stay, at least 1.
        public var kept: Int

        /// None but where training is interrupted, by default.
        public init(steps: Int? = nil, seconds: Double? = nil, kept: Int = 2) {
            self.steps = steps
            self.seconds = seconds
            self.kept = kept
        }

        /// Checks every value against its range.
        ///
        /// - Throws: `SettingError` naming the first that lies outside.
        public func validate() throws {
            if let steps, steps < 1 {
                throw SettingError(
                    "checkpoint-every",
                    found: "\(steps)",
                    allowed: "at least 1 step"
                )
            }
            if let seconds, !(seconds > 0) {
                throw SettingError(
                    "checkpoint-seconds",
                    found: "\(seconds)",
                    allowed: "a number of seconds above 0"
                )
            }
            guard kept >= 1 else {
                throw SettingError("keep-checkpoints", found: "\(kept)", allowed: "at least 1")
            }
        }

        /// Whether one is to be made after a step.
        ///
        /// - Parameter last: when the newest was made, or training began.
        func isDue(_ step: Int, since last: ContinuousClock.Instant) -> Bool {
            if let steps, step.isMultiple(of: steps) { return true }
            guard let seconds else { return false }
            return (ContinuousClock.now - last) / .seconds(1) >= seconds
        }
    }

    /// A checkpoint that cannot be used.
    public struct Skipped: Sendable, Equatable {
        /// Where it lies.
        public let url: URL
        /// What is wrong with it.
        public let reason: String
    }

    /// Where they lie.
    public let url: URL
    /// When they are made.
    public let settings: Settings
    /// The folder that the model came from: its tokenizer goes with it.
    let source: ModelFolder

    /// Checkpoints of a model in a folder, which is made when the first is written.
    public init(_ url: URL, source: ModelFolder, settings: Settings = Settings()) {
        self.url = url
        self.source = source
        self.settings = settings
    }

    /// The newest checkpoint that is whole, and what is newer but is not.
    ///
    /// - Parameter step: only what comes before this step is looked at; everything where nil.
    public static func newest(
        in url: URL,
        before step: Int? = nil
    ) -> (checkpoint: Checkpoint?, skipped: [Skipped]) {
        var skipped: [Skipped] = []
        for (_, folder) in all(in: url).reversed().drop(while: { $0.step >= step ?? .max }) {
            do throws(CheckpointProblem) {
                return (try Checkpoint(folder), skipped)
            } catch {
                skipped.append(Skipped(url: folder, reason: error.description))
            }
        }
        return (nil, skipped)
    }

    /// Whether there is a checkpoint of a step.
    func has(step: Int) -> Bool { FileManager.default.fileExists(atPath: place(step: step).path) }

    /// Where the checkpoint of a step lies.
    func place(step: Int) -> URL {
        url.appending(path: Self.name(step: step), directoryHint: .isDirectory)
    }

    /// The name of a step's checkpoint.
    static func name(step: Int) -> String {
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Writes a checkpoint, whole or not at all, and then removes those that are not to stay.
    ///
    /// - Parameters:
    ///   - best: the step of one that stays, however old.
    ///   - body: fills the folder it is given, apart from the manifest.
    func write(step: Int, sparing best: Int?, _ body: (URL) throws -> Void) throws -> URL {
        try Self.make(url)
        AtomicFile.syncFolder(url.deletingLastPathComponent())
        let place = place(step: step)
        // Only one that is not whole can stand here: training goes on from the newest that is.
        try Self.remove(place)
        try ModelFolder.writeWhole(place) { partial in
            try Self.make(partial)
            try body(partial)
            try CheckpointManifest(describing: partial).write(to: partial)
        }
        let others = Self.all(in: url).filter { $0.step < step }.dropLast(settings.kept - 1)
        for (other, folder) in others where other != best { try Self.remove(folder) }
        return place
    }

    /// Removes what a program that was killed left half written or half removed.
    static func removeLeftovers(in url: URL) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        for name in names where name.hasPrefix(".step-") {
            try delete(url.appending(path: name))
        }
    }

    /// All that have a checkpoint's name, by step.
    private static func all(in url: URL) -> [(step: Int, url: URL)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0 else {
                return nil
            }
            return (step, url.appending(path: name, directoryHint: .isDirectory))
        }.sorted { $0.step < $1.step }
    }

    /// Takes a checkpoint away: first its name, so that it is never there in part.
    private static func remove(_ folder: URL) throws {
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        let removed = folder.deletingLastPathComponent()
            .appending(path: ".\(folder.lastPathComponent).removed-\(getpid())")
        try delete(removed)
        guard rename(folder.path, removed.path) == 0 else {
            throw FileError.system("remove", folder.path)
        }
        FaultPoint.reach()
        try delete(removed)
    }

    private static func delete(_ url: URL) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            throw FileError("remove", url.path, reason: RunFolder.reason(error))
        }
    }

    private static func make(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw FileError("make", url.path, reason: RunFolder.reason(error))
        }
    }
}
