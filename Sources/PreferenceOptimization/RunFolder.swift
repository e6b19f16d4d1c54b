import Files
public import Foundation
public import LanguageModels
import OrderedJSON
public import RunReports

/// What a training run leaves behind: `config.yaml`, `metrics.jsonl`, `tensorboard/`,
/// `checkpoints/` and, at its end, `model/` or `adapter/`.
public struct RunFolder {
    /// Where it lies.
    public let url: URL

    /// The trained model.
    public var model: URL { url.appending(path: "model", directoryHint: .isDirectory) }
    /// The trained adapter, where one was trained.
    public var adapter: URL { url.appending(path: "adapter", directoryHint: .isDirectory) }
    /// What training can go on from.
    public var checkpoints: URL { url.appending(path: "checkpoints", directoryHint: .isDirectory) }
    /// The rewards of every pair at each evaluation, where they were asked for.
    public var evaluations: URL { url.appending(path: "evaluations", directoryHint: .isDirectory) }
    /// What steps were of whose numbers were not finite.
    public var refusedSteps: URL {
        url.appending(path: "refused-steps", directoryHint: .isDirectory)
    }
    /// The numbers of every step.
    public var metrics: URL { url.appending(path: "metrics.jsonl") }
    /// The same for TensorBoard.
    public var events: URL { url.appending(path: "tensorboard", directoryHint: .isDirectory) }
    /// The settings of the run.
    public var configuration: URL { url.appending(path: "config.yaml") }

    private var outputs: [URL] {
        [model, adapter, checkpoints, evaluations, refusedSteps, metrics, events, configuration]
    }

    /// The trained model or adapter of a run that is complete; nil before.
    public var result: URL? {
        [model, adapter].first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// The folder of a run that was begun.
    public init(of url: URL) { self.url = url }

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
            AtomicFile.syncFolder(url.deletingLastPathComponent())
            for old in outputs where manager.fileExists(atPath: old.path) {
                try manager.removeItem(at: old)
            }
            try removePartial()
        } catch {
            throw FileError("make or clear", url.path, reason: Self.reason(error))
        }
        try AtomicFile.write(text, to: configuration)
        return try MetricsLog(metrics)
    }

    /// Goes on with the run in the folder: what it wrote after a step goes, for it will be written
    /// again.
    ///
    /// - Returns: the log of the run's numbers.
    public func resume(after step: Int) throws -> MetricsLog {
        do {
            try removePartial()
        } catch {
            throw FileError("clear", url.path, reason: Self.reason(error))
        }
        try CheckpointFolder.removeLeftovers(in: checkpoints)
        return try MetricsLog(metrics, resumingAfter: step)
    }

    /// Removes models that a run which was killed had no time to put in place or remove.
    private func removePartial() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: url.path)
        where [model, adapter].contains(where: { name.hasPrefix(ModelFolder.partialPrefix($0)) }) {
            try FileManager.default.removeItem(at: url.appending(path: name))
        }
        AtomicFile.removeLeftovers(in: url)
    }

    /// Writes the rewards of an evaluation, a line for each pair, labelled answer or ranking.
    public func write(_ evaluation: Evaluation) throws {
        try ModelFolder.make(evaluations)
        let file = try AtomicFile(evaluations.appending(path: "step-\(evaluation.step).jsonl"))
        for reward in evaluation.rewards { try file.write(reward.json.text + "\n") }
        try file.commit()
    }

    /// Writes what a refused step was of.
    ///
    /// - Returns: the file.
    public func write(_ step: RefusedStep) throws -> URL {
        try ModelFolder.make(refusedSteps)
        let name = CheckpointFolder.name(step: step.step) + ".json"
        let file = refusedSteps.appending(path: name)
        try AtomicFile.write(step.json.text + "\n", to: file)
        return file
    }

    /// The last step that was refused; nil where none was.
    public var lastRefusedStep: Int? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: refusedSteps.path)) ?? []
        return names.compactMap { Int($0.dropFirst(5).dropLast(5)) }.max()
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
    static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
        return underlying.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
    }
}
