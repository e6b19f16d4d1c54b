import TokenTrees
import Torch

/// Sums over the pairs and tokens of a step, from which its means are made.
struct MetricSums {
    private var pairs = 0
    private var loss = 0.0
    private var rewardsChosen = 0.0
    private var rewardsRejected = 0.0
    private var wins = 0
    private var chosen = 0.0
    private var rejected = 0.0
    private var chosenTokens = 0
    private var rejectedTokens = 0
    private var entropy = 0.0
    private var logitsChosen = 0.0
    private var logitsRejected = 0.0
    private var hits = 0.0
    /// The largest distance of a log-ratio from 0, in nats.
    private(set) var largestLogRatio = 0.0

    /// Adds a micro-batch.
    mutating func add(
        _ batch: PackedBatch,
        losses: Tensor,
        scores: PairScores,
        statistics: Tensor?,
        beta: Double
    ) throws {
        let (losses, policyChosen, policyRejected, chosenRatios, rejectedRatios, statistics) =
            try withoutGradients {
                (
                    try losses.elements(as: Float.self),
                    try scores.policyChosen.elements(as: Float.self),
                    try scores.policyRejected.elements(as: Float.self),
                    try scores.chosenLogRatios.elements(as: Float.self),
                    try scores.rejectedLogRatios.elements(as: Float.self),
                    try statistics?.elements(as: Float.self) ?? []
                )
            }
        pairs += losses.count
        loss += Self.sum(losses)
        chosen += Self.sum(policyChosen)
        rejected += Self.sum(policyRejected)
        rewardsChosen += beta * Self.sum(chosenRatios)
        rewardsRejected += beta * Self.sum(rejectedRatios)
        for (chosen, rejected) in zip(chosenRatios, rejectedRatios) {
            if chosen > rejected { wins += 1 }
            largestLogRatio = max(
                largestLogRatio,
                Double(abs(chosen)),
                Double(abs(rejected))
            )
        }
        guard !statistics.isEmpty else { return }
        for sequence in 0..<batch.sequenceCount {
            let isChosen = sequence % 2 == 0
            let entries = batch.entries(ofSequence: sequence)
            if isChosen { chosenTokens += entries.count } else { rejectedTokens += entries.count }
            for entry in entries {
                let row = Int(entry) * 3
                entropy += Double(statistics[row])
                if isChosen {
                    logitsChosen += Double(statistics[row + 1])
                    hits += Double(statistics[row + 2])
                } else {
                    logitsRejected += Double(statistics[row + 1])
                }
            }
        }
    }

    /// Fills in the means.
    func fill(_ metrics: inout StepMetrics) {
        let pairs = Double(max(1, pairs))
        metrics.loss = loss / pairs
        metrics.rewardsChosen = rewardsChosen / pairs
        metrics.rewardsRejected = rewardsRejected / pairs
        metrics.rewardsMargin = (rewardsChosen - rewardsRejected) / pairs
        metrics.rewardsAccuracy = Double(wins) / pairs
        metrics.logProbabilitiesChosen = chosen / pairs
        metrics.logProbabilitiesRejected = rejected / pairs
        metrics.logitsChosen = logitsChosen / Double(max(1, chosenTokens))
        metrics.logitsRejected = logitsRejected / Double(max(1, rejectedTokens))
        metrics.entropy = entropy / Double(max(1, chosenTokens + rejectedTokens))
        metrics.meanTokenAccuracy = hits / Double(max(1, chosenTokens))
    }

    private static func sum(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } }
}
