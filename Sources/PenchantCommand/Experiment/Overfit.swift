public import ArgumentParser
import Files
import Foundation
import LanguageModels
import PreferenceData
public import PreferenceOptimization

/// `penchant experiment overfit`.
struct Overfit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overfit",
        abstract: "Train a toy model on a single pair: how far do DPO and IPO go?",
        discussion: """
            Trains a Llama of 1.3 million weights, which needs no file, with DPO and IPO and \
            several β. Writes OUTPUT/curves.csv (every number) and OUTPUT/report.html (plots), \
            and says in words what happened. The mode sequence compares whole answers, as DPO \
            and IPO are defined; the mode notebook does as MA-RLHF's DPO notebook, which scores \
            each token by the row that has read it already and compares token by token.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the results, new or empty.", valueName: "folder"),
        transform: folderArgument
    )
    var output: URL

    @Flag(help: "Replace the results that the output folder holds.")
    var overwrite = false

    @Option(help: "How answers are compared.")
    var mode: OverfittingExperiment.Mode = .sequence

    @Option(help: "DPO's β, a curve for each; none for no curve.")
    var dpoBeta = "0.1,0.5"

    @Option(help: "IPO's β, a curve for each; none for no curve.")
    var ipoBeta = "0.1,0.5,1"

    @Option(help: "DPO's learning rate (default: 0.01).")
    var dpoLearningRate: Double?

    @Option(help: "IPO's learning rate (default: 1e-5, in the mode notebook 1e-4).")
    var ipoLearningRate: Double?

    @Option(help: "Updates of each curve.")
    var steps = 100

    @Option(help: "What changes the weights: plain gradient descent, or Adam.")
    var optimizer: OverfittingSettings.Optimizer = .sgd

    @Option(help: "Seed of the reference's weights.")
    var seed: UInt64 = 42

    @Option(
        help: """
            Seed of the weights that the policy starts from in the mode notebook (default: 44, \
            another model than the reference).
            """
    )
    var policySeed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Folder of a model that is the reference instead.",
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var reference: URL?

    @Option(
        help: ArgumentHelp(
            "Folder of a model that the policy starts from, in the mode notebook.",
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var policy: URL?

    @OptionGroup(title: "Computing") var compute: ComputeOptions

    func run() throws {
        let all = try settings()
        try checkStart()
        try compute.apply()
        try OutputFolder.check(
            output,
            overwriting: overwrite,
            allowed: "an empty or new folder (or --overwrite)"
        )
        let experiment = try experiment()
        var curves: [OverfittingCurve] = []
        for (index, settings) in all.enumerated() {
            Console.status(
                "curve \(index + 1) of \(all.count): \(settings.title), "
                    + "\(settings.steps.counted("update")) of \(settings.optimizer.rawValue) with "
                    + "learning rate \(settings.learningRate)"
            )
            curves.append(try experiment.curve(settings))
        }
        let (table, page) = try write(curves)
        for curve in curves { try Console.output(curve.verdict) }
        for line in OverfittingCurve.verdict(curves) { try Console.output(line) }
        try Console.output("numbers  \(table.path)")
        try Console.output("plots    \(page.path)")
    }

    /// What makes each curve.
    private func settings() throws -> [OverfittingSettings] {
        let losses: [(OverfittingSettings.Loss, String, Double?)] = [
            (.dpo, dpoBeta, dpoLearningRate), (.ipo, ipoBeta, ipoLearningRate),
        ]
        let all = try losses.flatMap { loss, betas, learningRate in
            try betas == "none"
                ? []
                : betas.numbers(option: "\(loss.rawValue)-beta").map { beta in
                    OverfittingSettings(
                        loss,
                        beta: beta,
                        learningRate: learningRate ?? loss.learningRate(mode),
                        optimizer: optimizer,
                        steps: steps
                    )
                }
        }
        for settings in all { try settings.validate() }
        guard !all.isEmpty else {
            throw SettingError("ipo-beta", found: "none, and so is --dpo-beta", allowed: "a number")
        }
        return all
    }

    /// Refuses what would have no effect.
    private func checkStart() throws {
        guard mode == .sequence else {
            if policy != nil, policySeed != nil {
                throw SettingError("policy-seed", found: "beside --policy", allowed: "one of them")
            }
            return
        }
        let allowed = "--mode notebook: in the mode sequence the policy starts from the reference"
        if let policy { throw SettingError("policy", found: policy.path, allowed: allowed) }
        if let policySeed {
            throw SettingError("policy-seed", found: "\(policySeed)", allowed: allowed)
        }
    }

    private func experiment() throws -> OverfittingExperiment {
        func model(_ folder: URL?, _ seed: UInt64, isTrained: Bool) throws
            -> any CausalLanguageModel
        {
            let options = ParameterStore.Options(
                dtype: compute.dtype,
                device: compute.device,
                isTrained: isTrained
            )
            return try folder.map { try ModelFolder.open($0).load(options) }
                ?? ToyLlama.model(seed: seed, options)
        }
        let referenceModel = try model(reference, seed, isTrained: false)
        guard mode == .notebook else {
            return try OverfittingExperiment(
                mode: mode,
                policy: model(reference, seed, isTrained: true),
                start: referenceModel,
                reference: referenceModel
            )
        }
        return try OverfittingExperiment(
            mode: mode,
            policy: model(policy, policySeed ?? 44, isTrained: true),
            start: model(policy, policySeed ?? 44, isTrained: false),
            reference: referenceModel
        )
    }

    private func write(_ curves: [OverfittingCurve]) throws -> (table: URL, page: URL) {
        do {
            try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        } catch {
            throw FileError("make", output.path, reason: "the folder cannot be made")
        }
        let table = output.appending(path: "curves.csv")
        let page = output.appending(path: "report.html")
        try AtomicFile.write(OverfittingCurve.table(curves), to: table)
        try AtomicFile.write(OverfittingPage(curves).html, to: page)
        return (table, page)
    }
}

extension OverfittingExperiment.Mode: ExpressibleByArgument {}
extension OverfittingSettings.Optimizer: ExpressibleByArgument {}
