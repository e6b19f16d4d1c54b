import ArgumentParser
import Files
import Foundation
import PreferenceData
import PreferenceOptimization
import Torch

/// `penchant replay`.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Do one step of a run again, and say where its numbers stop being finite.",
        discussion: """
            Takes the run's own settings, data and newest checkpoint before the step, trains up to \
            it, and looks at everything that the model's modules take and give there, forward and \
            backward. Nothing is written.
            """
    )

    @Argument(
        help: ArgumentHelp("Folder of the run.", valueName: "run"),
        transform: folderArgument
    )
    var place: URL

    @Option(help: "The step, from 1 (default: the last one that was refused).")
    var step: Int?

    func run() throws {
        let folder = RunFolder(of: place)
        guard let step = step ?? folder.lastRefusedStep else {
            throw SettingError(
                "step",
                found: "not given, and \(place.path) has no step that was refused",
                allowed: "a step of the run"
            )
        }
        let command = try command(of: folder)
        try command.data.source.data.checkReadableTwice()
        let settings = try command.settings()
        try command.compute.apply()
        let job = try command.prepare(settings, command.evaluation)
        let trainer = job.trainer
        guard (1...trainer.totalSteps).contains(step) else {
            throw SettingError("step", found: "\(step)", allowed: "1 to \(trainer.totalSteps)")
        }
        let checkpoint = CheckpointFolder.newest(in: folder.checkpoints, before: step).checkpoint
        if let checkpoint {
            for notice in try trainer.resume(from: checkpoint) {
                Console.status(Console.oneLine(notice))
            }
        }
        Console.status(
            checkpoint.map { Console.oneLine("from the checkpoint \($0.url.path)") }
                ?? "from the beginning"
        )
        let before = step - 1 - trainer.completedSteps
        if before > 0 { Console.status("training \(before.counted("step")) before it") }
        try report(trainer.inspect(step: step), step)
    }

    /// The command that made a run, with the settings that it kept.
    private func command(of folder: RunFolder) throws -> any RunCommand {
        let path = folder.configuration.path
        let file = try ConfigurationFile(folder.configuration)
        // Supervised training has no choice of a loss.
        let task: TrainingTask = file.entries.contains { $0.key == "loss" } ? .dpo : .sft
        let invocation = try Invocation([task.rawValue, "--config", path])
        let parsed = try Penchant.parseAsRoot(invocation.arguments)
        guard let command = parsed as? any RunCommand else {
            throw SettingError("config", found: path, allowed: "a file that a run kept")
        }
        return command
    }

    private func report(_ inspection: StepInspection, _ step: Int) throws {
        guard let finding = inspection.finding else {
            if let quantity = inspection.refused?.quantity {
                return try Console.output(
                    "step \(step): all that was computed is finite, but the \(quantity) would not be: "
                        + "the learning rate is too large"
                )
            }
            let summary = inspection.metrics.map { ": \($0.summary)" } ?? ""
            return try Console.output("step \(step): every number is finite\(summary)")
        }
        let row = finding.row.map { ", first of \($0)" } ?? ""
        try Console.output(
            "step \(step): it begins with \(finding.part.words) \(finding.module): "
                + "\(finding.notFiniteCount.grouped) of \(finding.count.grouped) numbers are not "
                + "finite\(row)"
        )
        let before = inspection.looks.dropLast().suffix(6)
        guard !before.isEmpty else { return }
        try Console.output("what came before, with its largest number:")
        for look in before {
            try Console.output("  \(look.part.words) \(look.module): \(look.largest.short)")
        }
    }
}

extension NumberInspection.Part {
    /// What it is, before the name of a module.
    fileprivate var words: String {
        switch self {
        case .input: "what goes into"
        case .output: "the result of"
        case .outputGradient: "the gradient that comes back to the result of"
        case .inputGradient: "the gradient that comes out of the backward of"
        case .weightGradient: "the gradient of the weight"
        }
    }
}
