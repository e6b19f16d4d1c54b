import ArgumentParser
import Files
import Foundation
import LanguageModels
import Objectives
import OrderedJSON
import PreferenceData
import PreferenceOptimization
import TokenTrees
import Torch

/// `penchant score`.
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score preferences under a model, token by token.",
        discussion: """
            Prints means over all pairs. With --output also writes one JSON object per pair: its \
            "file" and "line", "chosen_logps" and "rejected_logps" (one number per \
            scored token, in nats), "chosen_sum", "rejected_sum" and the counts. With --reference \
            also "reward_chosen", "reward_rejected", "margin" and "correct", with --ids the token \
            ids "prompt_ids", "chosen_ids" and "rejected_ids", and "chosen_scored" and \
            "rejected_scored", ranges [begin, end) of scored positions, counted from the first token \
            of the prompt.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @Option(
        help: ArgumentHelp(
            "Folder of an adapter in PEFT's form that the model is scored with.",
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var adapter: URL?

    @OptionGroup(title: "Data") var data: DataOptions

    @Option(
        help: ArgumentHelp("Folder of the reference model, for rewards.", valueName: "folder"),
        transform: folderArgument
    )
    var reference: URL?

    @Option(
        help: ArgumentHelp(
            "File for the scores, as JSON lines; one that is there is replaced.",
            valueName: "file"
        ),
        transform: fileArgument
    )
    var output: URL?

    @Option(
        help: """
            β of the rewards, β times the log-ratio to the reference \
            (default: \(ObjectiveSelection.sigmoid.rewardScale)).
            """
    )
    var beta: Double?

    @Option(help: "Most tokens in the model at a time.")
    var microBatchTokens = TrainingConfiguration().microBatchTokens

    @Flag(help: "Write each pair's token ids too.")
    var ids = false

    @OptionGroup(title: "Computing") var compute: ComputeOptions

    func run() throws {
        try checkSettings()
        try compute.apply()
        let outputFile = try output.map {
            try OutputFile(
                $0,
                inputs: [model] + data.source.inputs + [adapter, reference].compactMap { $0 }
            )
        }
        let options = ParameterStore.Options(
            dtype: compute.dtype,
            device: compute.device,
            isTrained: false
        )
        let folder = try ModelFolder.open(model)
        let referenceFolder = try reference.map { try ModelFolder.open($0) }
        try folder.checkFiles()
        try referenceFolder?.checkFiles()
        let size = min(folder.vocabularySize, referenceFolder?.vocabularySize ?? .max)
        let dataset = try data.load(model, vocabularySize: size)
        try dataset.requirePairs()
        let pairs = dataset.pairs
        let scored = try folder.load(
            options,
            adapter: adapter.map { .saved(try AdapterFolder.open($0)) }
        )
        let other = try referenceFolder?.load(options)

        let file = try outputFile.map { try AtomicFile($0.url) }
        let beta = beta ?? ObjectiveSelection.sigmoid.rewardScale
        var summary = ScoreSummary(beta: beta)
        let scorer = PairScorer(
            model: scored,
            reference: other,
            microBatchTokens: microBatchTokens
        )
        try scorer.score(pairs) { pair, score in
            summary.add(score)
            guard let file else { return }
            let ids = ids ? Self.idMembers(pair) : [:]
            try file.write(row(score, beta: beta).appending(ids).text + "\n")
        }
        try file?.commit()
        for line in summary.lines { try Console.output(line) }
        if let output { try Console.output("scores        \(output.path)") }
    }

    /// Checks the settings, before anything is loaded.
    private func checkSettings() throws {
        if let beta {
            guard beta > 0, beta.isFinite else {
                throw SettingError("beta", found: "\(beta)", allowed: "a number above 0")
            }
            guard reference != nil else {
                throw SettingError(
                    "beta",
                    found: "\(beta), but without a reference there are no rewards",
                    allowed: "--reference"
                )
            }
        }
        guard microBatchTokens >= 1 else {
            throw SettingError(
                "micro-batch-tokens",
                found: "\(microBatchTokens)",
                allowed: "at least 1 token"
            )
        }
        try data.check()
    }

    private func row(_ score: PairScore, beta: Double) -> JSONValue {
        func list(_ values: [Float]) -> JSONValue {
            .array(values.map { .number(Double($0)) })
        }
        var row: JSONValue = [
            "file": .string(score.source.file),
            "line": .integer(score.source.line),
            "chosen_sum": .number(score.chosen.sum),
            "rejected_sum": .number(score.rejected.sum),
            "chosen_count": .integer(score.chosen.logProbabilities.count),
            "rejected_count": .integer(score.rejected.logProbabilities.count),
        ]
        if let chosen = score.chosen.logRatio, let rejected = score.rejected.logRatio {
            row = row.appending([
                "reward_chosen": .number(beta * chosen),
                "reward_rejected": .number(beta * rejected),
                "margin": .number(beta * (chosen - rejected)),
                "correct": .bool(chosen > rejected),
            ])
        }
        return row.appending([
            "chosen_logps": list(score.chosen.logProbabilities),
            "rejected_logps": list(score.rejected.logProbabilities),
        ])
    }
}

extension Score {
    /// The ids of a pair as they went through the model.
    private static func idMembers(_ pair: PreferencePair) -> JSONValue {
        func list(_ ids: some Sequence<Int32>) -> JSONValue {
            .array(ids.map { .integer(Int($0)) })
        }
        func ranges(_ sequence: TokenSequence) -> JSONValue {
            .array(
                sequence.scored.map { [.integer($0.lowerBound), .integer($0.upperBound)] }
            )
        }
        return [
            "prompt_ids": list(pair.chosen.tokens.prefix(pair.promptLength)),
            "chosen_ids": list(pair.chosen.tokens.dropFirst(pair.promptLength)),
            "rejected_ids": list(pair.rejected.tokens.dropFirst(pair.promptLength)),
            "chosen_scored": ranges(pair.chosen),
            "rejected_scored": ranges(pair.rejected),
        ]
    }
}

/// Means over all scored pairs.
struct ScoreSummary {
    let beta: Double
    private var pairs = 0
    private var chosen = 0.0
    private var rejected = 0.0
    private var preferred = 0
    private var compared = 0
    private var wins = 0
    private var margin = 0.0
    private var loss = 0.0

    init(beta: Double) { self.beta = beta }

    mutating func add(_ score: PairScore) {
        pairs += 1
        chosen += score.chosen.sum
        rejected += score.rejected.sum
        if score.chosen.sum > score.rejected.sum { preferred += 1 }
        guard let logRatioMargin = score.logRatioMargin else { return }
        compared += 1
        if logRatioMargin > 0 { wins += 1 }
        margin += beta * logRatioMargin
        // −log σ(x), without overflow.
        let x = beta * logRatioMargin
        loss += max(0, -x) + log1p(exp(-abs(x)))
    }

    var lines: [String] {
        let count = Double(max(1, pairs))
        let lines = [
            "pairs         \(pairs)",
            "logps         chosen \((chosen / count).short), rejected "
                + "\((rejected / count).short) (mean over pairs, summed over tokens, nats)",
        ]
        guard compared > 0 else {
            let share = Double(preferred) / count
            return lines + ["preferred     \(share.short) of the chosen answers are more probable"]
        }
        let compared = Double(compared)
        return lines + [
            "loss          \((loss / compared).short) (sigmoid, beta \(beta.short))",
            "margin        \((margin / compared).short) (mean reward margin)",
            "accuracy      \((Double(wins) / compared).short)",
        ]
    }
}

extension JSONValue {
    /// This object with further members behind its own.
    fileprivate func appending(_ members: JSONValue) -> JSONValue {
        .object(JSONObject((object?.members ?? []) + (members.object?.members ?? [])))
    }
}
