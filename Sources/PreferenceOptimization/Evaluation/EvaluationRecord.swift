/// What evaluations found so far.
struct EvaluationRecord: Codable, Equatable {
    /// The best one.
    struct Best: Codable, Equatable {
        var metric: String
        var step: Int
        var value: Double
    }

    var best: Best?
    /// Evaluations since then.
    var sinceBest = 0

    /// Takes in an evaluation.
    ///
    /// - Returns: whether it is the best so far.
    mutating func add(_ value: Double, step: Int, by metric: EvaluationPlan.Metric) -> Bool {
        guard !value.isNaN, best.map({ metric.isBetter(value, than: $0.value) }) ?? true else {
            sinceBest += 1
            return false
        }
        best = Best(metric: metric.name, step: step, value: value)
        sinceBest = 0
        return true
    }
}
