import ArgumentParser
import Files
import Foundation
import PreferenceData
import PreferenceOptimization

/// `penchant verify-resume`.
struct VerifyResume: TaskCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-resume",
        abstract: "Show that a run that is resumed is the one that was not interrupted.",
        discussion: """
            Takes the options of `penchant dpo`, or after the word sft those of `penchant sft`, and \
            trains a few steps twice in temporary folders: once through, and once broken in the \
            middle and resumed from the checkpoint. Then weights, optimizer, metrics and all else \
            that is kept are compared, byte by byte.
            """
    )

    @Argument(help: "The command that would train: dpo or sft.")
    var task = TrainingTask.dpo

    @OptionGroup var input: InputOptions

    @Option(help: "How many steps are trained, at least 2.")
    var steps = 4

    @OptionGroup(title: "Objective") var givenObjective: ObjectiveOptions
    @OptionGroup(title: "What is trained") var trained: TrainedOptions
    @OptionGroup(title: "Training") var givenTraining: TrainingOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Settings from a file") var settingsFile: ConfigurationOptions

    func run(_ given: GivenSettings) throws {
        try checkTask(given)
        guard steps >= 2 else {
            throw SettingError("steps", found: "\(steps)", allowed: "at least 2")
        }
        try data.source.data.checkReadableTwice()
        let settings = try settings()
        try compute.apply()
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "penchant-verify-\(getpid())", directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: folder) }
        let check = ResumeCheck(folder: folder, steps: steps) {
            let job = try prepare(settings)
            return (job.trainer, job.source)
        }
        let result = try check.run()
        guard result.differences.isEmpty else {
            for difference in result.differences { Console.status(difference) }
            try Console.output("not the same: \(result.differences.count.counted("difference"))")
            throw ExitCode(EX_SOFTWARE)
        }
        try Console.output(
            "the same, bit for bit: \(result.steps.counted("step")) at once, and broken after step "
                + "\(result.brokenAfter) and resumed (\(result.comparedFiles.counted("file")), "
                + "\(result.comparedMetrics.counted("metric")))"
        )
    }
}
