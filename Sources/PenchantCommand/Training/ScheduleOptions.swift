public import ArgumentParser
import Files
public import PreferenceOptimization

/// The flags that say how the learning rate moves.
struct ScheduleOptions: ParsableArguments {
    /// The curves behind the warm-up, by transformers' names.
    enum Shape: String, CaseIterable, ExpressibleByArgument {
        case constant, linear, cosine, polynomial
        case inverseSquareRoot = "inverse_sqrt"
        case warmupStableDecay = "warmup_stable_decay"
    }

    @Option(
        help: "The full learning rate, from which the schedule starts (default: 1e-6; sft 2e-5)."
    )
    var learningRate: Double?

    @Option(help: "The curve of the learning rate behind the warm-up.")
    var schedule = Shape.linear

    @Option(help: "Steps over which the learning rate rises from 0 (default: 0).")
    var warmupSteps: Int?

    @Option(help: "The same as a share of all steps, rounded up.")
    var warmupRatio: Double?

    @Option(
        help: """
            The learning rate at the end, as a share of the full one (linear, cosine, polynomial, \
            warmup_stable_decay; default: 0).
            """
    )
    var minLearningRateRatio: Double?

    @Option(help: "The exponent of the curve (polynomial; default: 1).")
    var schedulePower: Double?

    @Option(help: "Steps at the end over which the rate falls (warmup_stable_decay).")
    var decaySteps: Int?

    @Option(
        help: "The same as a share of all steps, rounded up (warmup_stable_decay; default: 0.1)."
    )
    var decayRatio: Double?

    @Option(help: "How it falls there (warmup_stable_decay; default: cosine).")
    var decayShape: LearningRateSchedule.Decay?

    @Flag(
        inversion: .prefixedNo,
        help: """
            The first step is step 1 of the curve, not step 0, as in minimind and VerMind; a \
            warm-up then does not begin at 0.
            """
    )
    var scheduleFromOne = false

    /// What the flags choose.
    ///
    /// - Throws: `SettingError` for a flag that the schedule would ignore.
    func selection() throws -> LearningRateSchedule {
        try requireUse(
            "min-learning-rate-ratio",
            minLearningRateRatio,
            by: .linear,
            .cosine,
            .polynomial,
            .warmupStableDecay
        )
        try requireUse("schedule-power", schedulePower, by: .polynomial)
        try requireUse("decay-steps", decaySteps, by: .warmupStableDecay)
        try requireUse("decay-ratio", decayRatio, by: .warmupStableDecay)
        try requireUse("decay-shape", decayShape?.rawValue, by: .warmupStableDecay)
        let warmup = try span("warmup", warmupSteps, warmupRatio)
        let decay = try span("decay", decaySteps, decayRatio)
        let shape: LearningRateSchedule.Shape =
            switch schedule {
            case .constant: .constant
            case .linear: .linear
            case .cosine: .cosine
            case .polynomial: .polynomial(power: schedulePower ?? 1)
            case .inverseSquareRoot: .inverseSquareRoot
            case .warmupStableDecay:
                .warmupStableDecay(decayShape ?? .cosine, over: decay ?? .ratio(0.1))
            }
        return LearningRateSchedule(
            shape,
            warmup: warmup ?? .steps(0),
            floor: minLearningRateRatio ?? 0,
            countsFromOne: scheduleFromOne
        )
    }

    /// Steps or a share of them, but not both.
    private func span(
        _ name: String,
        _ steps: Int?,
        _ ratio: Double?
    ) throws -> LearningRateSchedule.Span? {
        if let ratio {
            guard steps == nil else {
                throw SettingError(
                    "\(name)-ratio",
                    found: "there with --\(name)-steps",
                    allowed: "one of them"
                )
            }
            return .ratio(ratio)
        }
        return steps.map { .steps($0) }
    }

    /// Refuses a flag that the schedule would ignore.
    private func requireUse(_ name: String, _ value: (some Any)?, by shapes: Shape...) throws {
        guard let value, !shapes.contains(schedule) else { return }
        throw SettingError(
            name,
            found: "\(value), which \(schedule.rawValue) would ignore",
            allowed: "--schedule " + shapes.map(\.rawValue).joined(separator: " or ")
        )
    }
}

extension LearningRateSchedule.Decay: ExpressibleByArgument {}
