import Testing

@testable import LanguageModels

@Suite struct ExpertChoicesTests {
    @Test("each row goes to its most probable experts, of equals to the first")
    func choices() {
        let choices = ExpertChoices(
            [
                0.1, 0.4, 0.2, 0.3,  // 1, then 3
                0.25, 0.25, 0.25, 0.25,  // 0, then 1
                0.0, 0.0, 0.5, 0.5,  // 2, then 3
            ],
            expertCount: 4,
            count: 2
        )
        #expect(choices.experts == [1, 3, 0, 1, 2, 3])
        #expect(choices[1] == [0, 1])
        // Expert 1 is the first choice of row 0 (place 0) and the second of row 1 (place 3).
        #expect(choices.places == [[2], [0, 3], [4], [1, 5]])
    }

    @Test("probabilities that are not numbers choose some expert, once each")
    func notANumber() {
        let choices = ExpertChoices([.nan, .nan, .nan], expertCount: 3, count: 2)
        #expect(choices.experts == [0, 1])
    }

    @Test("no rows choose nothing")
    func empty() {
        #expect(ExpertChoices([], expertCount: 3, count: 2).places == [[], [], []])
    }
}
