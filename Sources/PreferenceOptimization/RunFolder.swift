import Files
public import Foundation
public import LanguageModels
public import RunReports

/// What a training run leaves behind: `config.json`, `metrics.jsonl` and, at its end, `model/`.
public struct RunFolder {
    /// Where it lies.
    public let url: URL

    /// The trained model.
    public var model: URL { url.appending(path: "model", directoryHint: .isDirectory) }
    /// The numbers of every step.
    public var metrics: URL { url.appending(path: "metrics.jsonl") }
    /// The settings of the run.
    public var configuration: URL { url.appending(path: "config.json") }

    /// Claims a place for a run, without changing anything yet.
    ///
    /// - Parameters:
    ///   - overwriting: whether the place may hold an earlier run, whose files are replaced.
    ///   - inputs: what the run reads, none of which may lie where it writes.
    /// - Throws: `SettingError` where the place is taken.
    public init(_ url: URL, overwriting: Bool, inputs: [URL]) throws {
        self.url = url
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: url.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw SettingError("output", found: "\(url.path), a file", allowed: "a folder")
        }
        let names = try manager.contentsOfDirectory(atPath: url.path)
        guard names.isEmpty || overwriting else {
            throw SettingError(
                "output",
                found: "\(url.path), which holds files",
                allowed: "an empty or new folder (or --overwrite)"
            )
        }
        let folder = url.resolvingSymlinksInPath().standardizedFileURL.path
        for input in inputs {
            let path = input.resolvingSymlinksInPath().standardizedFileURL.path
            for output in [model, metrics, configuration] {
                let written = output.resolvingSymlinksInPath().standardizedFileURL.path
                // A model folder's own config.json has the name of a run's.
                guard path != written, path != folder, !path.hasPrefix(written + "/") else {
                    throw SettingError(
                        "output",
                        found: "\(url.path), where the run would replace its input \(path)",
                        allowed: "another folder"
                    )
                }
            }
        }
    }

    /// Makes the folder, removes what an earlier run left there, and writes the settings.
    ///
    /// - Returns: the log of the run's numbers.
    public func begin(_ settings: DPOConfiguration) throws -> MetricsLog {
        let manager = FileManager.default
        do {
            try manager.createDirectory(at: url, withIntermediateDirectories: true)
            for old in [model, metrics, configuration] where manager.fileExists(atPath: old.path) {
                try manager.removeItem(at: old)
            }
        } catch {
            throw FileError("write", url.path, reason: "the folder cannot be made or cleared")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(
            String(decoding: encoder.encode(settings), as: UTF8.self) + "\n",
            to: configuration
        )
        return try MetricsLog(metrics)
    }

    /// Puts the trained model in its place, whole or not at all.
    public func save(_ policy: any CausalLanguageModel, from source: ModelFolder) throws {
        let partial = url.appending(path: ".model.partial-\(getpid())")
        let manager = FileManager.default
        try? manager.removeItem(at: partial)
        do {
            try source.save(policy, to: partial)
            guard rename(partial.path, model.path) == 0 else {
                throw FileError.system("rename", model.path)
            }
        } catch {
            try? manager.removeItem(at: partial)
            throw error
        }
    }
}
