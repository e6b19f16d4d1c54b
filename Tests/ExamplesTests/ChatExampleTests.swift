import ExampleSupport
import Foundation
import Testing

@testable import ChatExample

/// The text whose scores lack a shift.
@Suite struct ChatExampleTests {
    @Test("a model that knows an answer by heart finds it probable only with the shift")
    func shift() throws {
        let model = try TemporaryModel(
            .llama(hidden: 32, intermediate: 64, layers: 2, heads: 2, keyValueHeads: 2),
            seed: 42
        )
        let scores = try ShiftedScores(model: model.folder)
        #expect(try scores.memorise() < 0.1)
        #expect(try scores.score(scores.chosen) > -1)
        #expect(try scores.score(scores.rejected) < -10)
        #expect(try scores.scoreWithoutShift(scores.chosen) < -20)
    }
}
