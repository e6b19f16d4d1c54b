import PreferenceOptimization
import TestSupport
import Testing

@Suite struct LinearScheduleTests {
    private func rates(_ schedule: LinearSchedule) -> [Double] {
        (0..<schedule.totalSteps).map { schedule.rate(step: $0) }
    }

    @Test("without warm-up the rate falls from the peak, and would be 0 behind the last step")
    func falls() {
        let schedule = LinearSchedule(peak: 8, warmupSteps: 0, totalSteps: 4)
        #expect(rates(schedule) == [8, 6, 4, 2])
        #expect(schedule.rate(step: 4) == 0)
        #expect(schedule.rate(step: 5) == 0)
    }

    @Test("the warm-up begins at 0, and the first step after it has the peak")
    func warmsUp() {
        #expect(
            rates(LinearSchedule(peak: 6, warmupSteps: 3, totalSteps: 6)) == [0, 2, 4, 6, 4, 2]
        )
    }

    @Test("a warm-up as long as the run, or longer, never falls")
    func longWarmUp() {
        #expect(rates(LinearSchedule(peak: 4, warmupSteps: 4, totalSteps: 4)) == [0, 1, 2, 3])
        #expect(rates(LinearSchedule(peak: 4, warmupSteps: 8, totalSteps: 2)) == [0, 0.5])
        #expect(rates(LinearSchedule(peak: 4, warmupSteps: .max, totalSteps: 1)) == [0])
    }

    @Test("the rates are those of a run of TRL with 12 steps")
    func recorded() {
        let rates = rates(LinearSchedule(peak: 1e-4, warmupSteps: 0, totalSteps: 12))
        #expect(Array(rates.prefix(3)) == [1e-4, 9.166666666666667e-05, 8.333333333333334e-05])
    }
}
