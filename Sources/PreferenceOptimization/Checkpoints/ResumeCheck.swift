import Files
public import Foundation
public import LanguageModels

/// Trains a few steps twice, once through and once broken in the middle and resumed, and compares
/// everything that either leaves.
public struct ResumeCheck {
    /// What was found.
    public struct Result: Sendable {
        /// Steps of either run.
        public var steps: Int
        /// The step after which the second one was broken.
        public var brokenAfter: Int
        /// Files of the last checkpoints.
        public var comparedFiles: Int
        /// Numbers of all steps, without those that depend on the machine's mood.
        public var comparedMetrics: Int
        /// What is not the same, a line each.
        public var differences: [String]
    }

    private let folder: URL
    private let steps: Int
    private let make: () throws -> (Trainer, ModelFolder)

    /// - Parameters:
    ///   - folder: for the checkpoints; made where it is not there.
    ///   - steps: how many to train, at least 2; no more than the run has.
    ///   - make: makes the same run anew each time, with the model's folder.
    public init(
        folder: URL,
        steps: Int,
        make: @escaping () throws -> (Trainer, ModelFolder)
    ) {
        self.folder = folder
        self.steps = steps
        self.make = make
    }

    /// Trains and compares.
    ///
    /// - Throws: `SettingError` where the run has one step only; what training throws.
    public func run() throws -> Result {
        let whole = folder.appending(path: "whole", directoryHint: .isDirectory)
        let broken = folder.appending(path: "broken", directoryHint: .isDirectory)
        let (expected, count) = try train(in: whole, to: steps)
        guard count >= 2 else {
            throw SettingError("steps", found: "\(count), all that the run has", allowed: "2 steps")
        }
        var (found, middle) = try train(in: broken, to: count / 2)
        found += try train(in: broken, to: count, resuming: true).metrics
        var differences = zip(expected, found).flatMap(Self.differences)
        if expected.count != found.count {
            differences.append("\(expected.count) steps left metrics, and \(found.count) did")
        }
        let name = CheckpointFolder.name(step: count)
        let manifests = try [whole, broken].map {
            try CheckpointManifest(checking: $0.appending(path: name)).files
        }
        differences += Self.differences(manifests[0], manifests[1])
        return Result(
            steps: count,
            brokenAfter: middle,
            comparedFiles: manifests[0].count,
            comparedMetrics: expected.reduce(0) { $0 + $1.lasting.count },
            differences: differences
        )
    }

    /// Trains up to a step, where it leaves a checkpoint.
    private func train(
        in folder: URL,
        to last: Int,
        resuming: Bool = false
    ) throws -> (metrics: [StepMetrics], step: Int) {
        let (trainer, source) = try make()
        let checkpoints = CheckpointFolder(folder, source: source)
        trainer.checkpoints = checkpoints
        if resuming {
            guard let checkpoint = CheckpointFolder.newest(in: folder).checkpoint else {
                throw FileError("resume", folder.path, reason: "the checkpoint is not whole")
            }
            try trainer.resume(from: checkpoint)
        }
        var all: [StepMetrics] = []
        var hooks = TrainingHooks { metrics in
            all.append(metrics)
            return .continue
        }
        hooks.isInterrupted = { [total = trainer.totalSteps] in
            all.last.map { $0.step >= min(last, total) } ?? false
        }
        try trainer.train(hooks)
        return (all, trainer.completedSteps)
    }

    private static func differences(_ whole: StepMetrics, _ broken: StepMetrics) -> [String] {
        zip(whole.lasting, broken.lasting).compactMap { whole, broken in
            guard whole != broken else { return nil }
            return "step \(whole.step), \(whole.name): \(whole.value) at once, "
                + "\(broken.value) resumed"
        }
    }

    private static func differences(
        _ whole: [CheckpointManifest.File],
        _ broken: [CheckpointManifest.File]
    ) -> [String] {
        let paths = Set(whole.map(\.path)).union(broken.map(\.path)).sorted()
        return paths.compactMap { path in
            let same = whole.first { $0.path == path } == broken.first { $0.path == path }
            return same ? nil : "\(path) is another file at once than resumed"
        }
    }
}

extension StepMetrics {
    /// A number, and the step it is of.
    fileprivate struct Lasting: Equatable {
        var step: Int
        var name: String
        /// As text: what is no number equals itself.
        var value: String
    }

    /// What does not depend on how fast the machine is.
    fileprivate var lasting: [Lasting] {
        named.filter { metric in
            !["time/", "throughput/", "memory/"].contains { metric.name.hasPrefix($0) }
        }.map { Lasting(step: step, name: $0.name, value: "\($0.value)") }
    }
}
