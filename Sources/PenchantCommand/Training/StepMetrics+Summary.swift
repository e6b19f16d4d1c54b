import PreferenceOptimization
import RunReports

extension StepMetrics {
    /// What the live line shows.
    var progress: ProgressValues {
        ProgressValues(
            loss: loss,
            margin: judgesAnswers ? rewardsMargin : nil,
            accuracy: judgesAnswers ? rewardsAccuracy : meanTokenAccuracy,
            tokensPerSecond: tokensPerSecond
        )
    }

    /// The numbers that tell the most, in words.
    var summary: String {
        judgesAnswers
            ? "loss \(loss.short), reward margin \(rewardsMargin.short), "
                + "accuracy \(rewardsAccuracy.short)"
            : "loss \(loss.short), token accuracy \(meanTokenAccuracy.short)"
    }
}
