import ExampleSupport
import Foundation
import Objectives
import Testing

@testable import LengthExample

/// The text that divides by the length.
@Suite struct LengthExampleTests {
    private let pair = LengthPair()
    /// Sums and products of a few numbers in float64.
    private let tolerance = 1e-12

    @Test("sums push all tokens alike, means those of the shorter answer more")
    func pushes() throws {
        // β·σ(0) = 0.1 / 2 a token, and divided by 40 and 5.
        let sum = pair.pushes(try LengthPair.objective(.sum, beta: 0.1))
        #expect(abs(sum.chosen - 0.05) < tolerance)
        #expect(abs(sum.rejected + 0.05) < tolerance)
        let mean = pair.pushes(try LengthPair.objective(.mean, beta: 0.1))
        #expect(abs(mean.chosen - 0.00125) < tolerance)
        #expect(abs(mean.rejected + 0.01) < tolerance)
    }

    @Test("for answers of one length a mean is a sum with a smaller β")
    func equalLengths() throws {
        var pair = LengthPair()
        pair.rejected = Array("A tea pot shows its worth as it pours out".utf8.prefix(40))
        let sum = pair.pushes(try LengthPair.objective(.sum, beta: 0.1))
        let mean = pair.pushes(try LengthPair.objective(.mean, beta: 4))
        #expect(abs(sum.chosen - mean.chosen) < tolerance)
        #expect(abs(sum.rejected - mean.rejected) < tolerance)
    }

    @Test("a step moves a token of the short answer further than the long one's under a mean")
    func moves() throws {
        let model = try TemporaryModel(
            .llama(hidden: 32, intermediate: 64, layers: 2, heads: 2, keyValueHeads: 2),
            seed: 42
        )
        let sum = try pair.moves(LengthPair.objective(.sum, beta: 0.1), model: model.folder)
        let mean = try pair.moves(LengthPair.objective(.mean, beta: 0.1), model: model.folder)
        for moves in [sum, mean] { #expect(moves.chosen > 0 && moves.rejected < 0) }
        #expect(-mean.rejected / mean.chosen > 4 * -sum.rejected / sum.chosen)
    }

    @Test("a drift that all tokens share is a margin for sums and none for means")
    func drift() throws {
        // 0.1 · (40 − 5).
        #expect(abs(try pair.margin(.sum, drift: 0.1) - 3.5) < tolerance)
        #expect(abs(try pair.margin(.mean, drift: 0.1)) < tolerance)
    }
}
