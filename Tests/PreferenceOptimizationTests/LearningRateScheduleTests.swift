import Files
import Foundation
import PreferenceOptimization
import TestSupport
import Testing

@Suite struct LearningRateScheduleTests {
    private func shares(_ schedule: LearningRateSchedule, of total: Int) -> [Double] {
        (0..<total).map { schedule.share(step: $0, of: total) }
    }

    @Test("without warm-up the rate falls from the first step, and would be 0 behind the last")
    func falls() {
        let schedule = LearningRateSchedule()
        #expect(shares(schedule, of: 4) == [1, 0.75, 0.5, 0.25])
        #expect(schedule.share(step: 4, of: 4) == 0)
        #expect(schedule.share(step: 5, of: 4) == 0)
    }

    @Test("the warm-up begins at 0, and the first step after it has the full rate")
    func warmsUp() {
        let schedule = LearningRateSchedule(warmup: .steps(2))
        #expect(shares(schedule, of: 6) == [0, 0.5, 1, 0.75, 0.5, 0.25])
    }

    @Test("a warm-up as long as the run, or longer, never falls")
    func longWarmUp() {
        #expect(
            shares(LearningRateSchedule(warmup: .steps(4)), of: 4) == [0, 0.25, 0.5, 0.75]
        )
        #expect(shares(LearningRateSchedule(warmup: .steps(8)), of: 2) == [0, 0.125])
        #expect(shares(LearningRateSchedule(warmup: .steps(.max)), of: 1) == [0])
    }

    @Test("a share of the steps is rounded up to whole steps")
    func ratio() {
        // 0.1 · 23 = 2.3.
        #expect(LearningRateSchedule.Span.ratio(0.1).steps(of: 23) == 3)
        #expect(LearningRateSchedule.Span.ratio(0).steps(of: 23) == 0)
        #expect(LearningRateSchedule.Span.ratio(1).steps(of: 23) == 23)
    }

    // MARK: Other programs' formulas, of a run of 1000 steps counted from 1.

    /// Sums and products of a few numbers, in another order than the formulas.
    private static let tolerance = 1e-14

    @Test("minimind's curve and its older one are cosines with a floor")
    func minimind() {
        let newer = LearningRateSchedule(.cosine, floor: 0.1, countsFromOne: true)
        // Its full rate is 1.1 times what the script calls the learning rate.
        let older = LearningRateSchedule(.cosine, floor: 1 / 11, countsFromOne: true)
        for step in 1...1000 {
            let wave = 1 + cos(.pi * Double(step) / 1000)
            let share = newer.share(step: step - 1, of: 1000)
            #expect(abs(share - (0.1 + 0.45 * wave)) < Self.tolerance)
            let old = 1.1 * older.share(step: step - 1, of: 1000)
            #expect(abs(old - (0.1 + 0.5 * wave)) < Self.tolerance)
        }
        // Values of the script itself.
        #expect(abs(newer.share(step: 0, of: 1000) - 0.99999778) < 1e-8)
        #expect(abs(newer.share(step: 499, of: 1000) - 0.55) < Self.tolerance)
        #expect(abs(newer.share(step: 999, of: 1000) - 0.1) < Self.tolerance)
    }

    @Test("VerMind's curve is a cosine with a floor and a warm-up")
    func vermind() {
        let schedule = LearningRateSchedule(
            .cosine,
            warmup: .steps(30),
            floor: 0.05,
            countsFromOne: true
        )
        for step in 30...1000 {
            let x = Double(step - 30) / 970
            let expected = 0.05 + 0.475 * (1 + cos(.pi * x))
            #expect(
                abs(schedule.share(step: step - 1, of: 1000) - expected) < Self.tolerance
            )
        }
        // Values of the script itself, of which the last digit is rounded.
        for (step, share) in [(1, 0.0333), (15, 0.5), (30, 1), (500, 0.54807), (1000, 0.05)] {
            #expect(abs(schedule.share(step: step - 1, of: 1000) - share) < 5e-5)
        }
    }

    // MARK: transformers

    struct Golden: Decodable {
        struct Case: Decodable {
            struct Settings: Decodable {
                let shape: String
                let warmupSteps: Int?
                let warmupRatio, floor, power: Double?
                let countsFromOne: Bool?
                let decay: LearningRateSchedule.Decay?
                let decaySteps: Int?
            }

            let settings: Settings
            let totalSteps: Int
            let shares: [Double]
        }

        let cases: [Case]
    }

    private func schedule(_ settings: Golden.Case.Settings) throws -> LearningRateSchedule {
        let shape: LearningRateSchedule.Shape =
            switch settings.shape {
            case "constant": .constant
            case "linear": .linear
            case "cosine": .cosine
            case "polynomial": .polynomial(power: try #require(settings.power))
            case "inverse_sqrt": .inverseSquareRoot
            default:
                .warmupStableDecay(
                    try #require(settings.decay),
                    over: .steps(try #require(settings.decaySteps))
                )
            }
        return LearningRateSchedule(
            shape,
            warmup: settings.warmupRatio.map { .ratio($0) } ?? .steps(settings.warmupSteps ?? 0),
            floor: settings.floor ?? 0,
            countsFromOne: settings.countsFromOne ?? false
        )
    }

    @Test("every curve is transformers', made by Tools/make_golden_optimizers.py")
    func transformers() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let golden = try JSONDecoder().decode(
            Golden.self,
            from: Data(contentsOf: folder.appending(path: "Fixtures/schedules.json"))
        )
        #expect(golden.cases.count == 21)
        for test in golden.cases {
            let schedule = try schedule(test.settings)
            try schedule.validate()
            // With steps counted from one a run ends a step earlier.
            let steps = schedule.countsFromOne ? test.totalSteps : test.shares.count
            expectClose(
                (0..<steps).map { schedule.share(step: $0, of: test.totalSteps) },
                Array(test.shares.prefix(steps)),
                absolute: Self.tolerance
            )
        }
    }

    @Test("a number outside its range is refused by its name on the command line")
    func ranges() {
        let bad: [(LearningRateSchedule, String)] = [
            (.init(warmup: .steps(-1)), "warmup-steps"),
            (.init(warmup: .ratio(1.5)), "warmup-ratio"),
            (.init(warmup: .ratio(.nan)), "warmup-ratio"),
            (.init(.cosine, floor: -0.1), "min-learning-rate-ratio"),
            (.init(.polynomial(power: 0)), "schedule-power"),
            (.init(.warmupStableDecay(.linear, over: .steps(-1))), "decay-steps"),
            (.init(.warmupStableDecay(.linear, over: .ratio(2))), "decay-ratio"),
        ]
        for (schedule, name) in bad {
            let error = #expect(throws: SettingError.self) { try schedule.validate() }
            #expect(error?.name == name)
        }
    }
}
