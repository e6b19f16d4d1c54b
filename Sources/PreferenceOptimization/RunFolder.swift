import Files
public import Foundation
public import LanguageModels
public import RunReports

/// What a training run leaves behind: `config.yaml`, `metrics.jsonl` and, at its end, `model/` or
/// `adapter/`.
public struct RunFolder {
    /// Where it lies.
    public let url: URL

    /// The trained model.
    public var model: URL { url.appending(path: "model", directoryHint: .isDirectory) }
    /// The trained adapter, where one was trained.
    public var adapter: URL { url.appending(path: "adapter", directoryHint: .isDirectory) }
    /// The numbers of every step.
    public var metrics: URL { url.appending(path: "metrics.jsonl") }
    /// The settings of the run.
    public var configuration: URL { url.appending(path: "config.yaml") }

    private var outputs: [URL] { [model, adapter, metrics, configuration] }

    /// Claims a place for a run, without changing anything yet.
    ///
    /// - Parameters:
    ///   - overwriting: whether the place may hold an earlier run, whose files are replaced.
    ///   - inputs: what the run reads, none of which may lie where it writes.
    /// - Throws: `SettingError` where the place is taken, `FileError` where it cannot be written.
    public init(_ url: URL, overwriting: Bool, inputs: [URL]) throws {
        self.url = url
        try OutputFolder.check(
            url,
            overwriting: overwriting,
            allowed: "an empty or new folder (or --overwrite)"
        )
        try checkInputs(inputs)
    }

    /// Refuses to replace what is read.
    ///
    /// Told by what paths lead to, not by how they are written: either may be a link.
    private func checkInputs(_ inputs: [URL]) throws {
        let replaced = Set(outputs.compactMap { FileIdentity($0) })
        let folder = FileIdentity(url)
        for input in inputs {
            // A model in the folder itself would lie among the run's own files.
            let isFolder = folder != nil && FileIdentity(input) == folder
            guard isFolder || !replaced.isDisjoint(with: FileIdentity.path(to: input)) else {
                continue
            }
            throw SettingError(
                "output",
                found: "\(url.path), where the run would replace its input \(input.path)",
                allowed: "another folder"
            )
        }
    }

    /// Makes the folder, removes what an earlier run left there, and writes the settings.
    ///
    /// - Parameter text: all settings, as the file that says them.
    /// - Returns: the log of the run's numbers.
    public func begin(configuration text: String) throws -> MetricsLog {
        let manager = FileManager.default
        do {
            try manager.createDirectory(at: url, withIntermediateDirectories: true)
            let names = try manager.contentsOfDirectory(atPath: url.path)
            // Models that runs before had no time to put in place or remove.
            let partial = names.filter { name in
                [model, adapter].contains { name.hasPrefix(ModelFolder.partialPrefix($0)) }
            }
            for old in outputs + partial.map({ url.appending(path: $0) })
            where manager.fileExists(atPath: old.path) {
                try manager.removeItem(at: old)
            }
        } catch {
            throw FileError("make or clear", url.path, reason: Self.reason(error))
        }
        try AtomicFile.write(text, to: configuration)
        return try MetricsLog(metrics)
    }

    /// Puts the trained model, or its adapter alone, in its place, whole or not at all.
    ///
    /// - Returns: the place.
    @discardableResult
    public func save(_ policy: any CausalLanguageModel, from source: ModelFolder) throws -> URL {
        guard let trained = policy.adapter else {
            try ModelFolder.writeWhole(model) { try source.save(policy, to: $0) }
            return model
        }
        try ModelFolder.writeWhole(adapter) { try AdapterFolder.save(trained, to: $0) }
        return adapter
    }

    /// The system's word on why a folder could not be made or cleared.
    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
        return underlying.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
    }
}
