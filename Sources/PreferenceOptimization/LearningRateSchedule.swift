/// A learning rate that rises linearly over the warm-up and then falls linearly to 0.
///
/// transformers' `get_linear_schedule_with_warmup`: the first step after the warm-up has the full
/// rate, and the rate would be 0 at the step after the last.
public struct LinearSchedule: Sendable, Equatable {
    /// The full rate.
    public var peak: Double
    /// Steps of the warm-up.
    public var warmupSteps: Int
    /// Steps of the whole run.
    public var totalSteps: Int

    /// Makes a schedule.
    public init(peak: Double, warmupSteps: Int, totalSteps: Int) {
        self.peak = peak
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
    }

    /// The rate of a step, counted from 0.
    public func rate(step: Int) -> Double {
        if step < warmupSteps { return peak * Double(step) / Double(warmupSteps) }
        let rest = Double(totalSteps - step) / Double(max(1, totalSteps - warmupSteps))
        return peak * max(0, rest)
    }
}
