import ExampleSupport
import Foundation
import Objectives
import PreferenceData
import PreferenceOptimization
import TestSupport
import Testing
import TokenTrees
import Tokenizers

@testable import GPT2Example

/// The text with three preferences in memory.
@Suite struct GPT2ExampleTests {
    private let model: TemporaryModel
    private let pairs: ThreePairs

    init() throws {
        model = try TemporaryModel(.gpt2(hidden: 32, layers: 2, heads: 2), seed: 42)
        pairs = try ThreePairs(tokenizer: Tokenizer(folder: model.folder))
    }

    private func train(_ objective: Objective, dropout: Bool = false) throws -> [StepMetrics] {
        var all: [StepMetrics] = []
        let training = ThreePairs.Training(
            model: model.folder,
            steps: 10,
            learningRate: 1e-3,
            dropout: dropout
        )
        try training.run(pairs.pairs, objective) { all.append($0) }
        return all
    }

    @Test("the first step's loss is ln 2 for either sign")
    func firstStep() throws {
        for objective in [Objective.sigmoid, .invertedSign] {
            let first = try #require(try train(objective).first)
            // ln 2 in float64, for policy and reference give the same bits.
            #expect(abs(first.loss - 0.693_147_180_559_945) < 1e-12)
            #expect(first.rewardsMargin == 0)
        }
    }

    @Test("with GPT-2's dropout the first step's loss is not ln 2, and training goes on")
    func dropout() throws {
        let (off, on) = try (train(.sigmoid), train(.sigmoid, dropout: true))
        #expect(abs(try #require(on.first).loss - 0.693_147_180_559_945) > 1e-4)
        #expect(try #require(on.last).loss < 0.6)
        // The reference drops nothing; what the policy drops is noise of a few nats.
        #expect(on[0].logProbabilitiesChosen != off[0].logProbabilitiesChosen)
        #expect(abs(on[0].logProbabilitiesChosen - off[0].logProbabilitiesChosen) < 20)
    }

    @Test("the right sign widens the margin, the text's inverts it, and both losses fall")
    func sign() throws {
        let right = try train(.sigmoid)
        let inverted = try train(.invertedSign)
        for run in [right, inverted] { #expect(try #require(run.last).loss < 0.6) }
        #expect(try #require(right.last).rewardsMargin > 0.2)
        #expect(try #require(inverted.last).rewardsMargin < -0.2)
        #expect(
            try #require(inverted.last).logProbabilitiesChosen
                < inverted[0].logProbabilitiesChosen - 1
        )
        // The text's loss sees the margin with the other sign: at equal margins it is the same.
        #expect(abs(right[1].rewardsMargin + inverted[1].rewardsMargin) < 0.1)
    }

    @Test(
        "GPT-2's tokens are those of the text: six rows of at most 22",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)")
    )
    func realTokens() throws {
        let pairs = try ThreePairs(
            tokenizer: Tokenizer(folder: Conformance.file("tokenizers/gpt2"))
        )
        #expect(pairs.paddedShape == (6, 22))
        // The file's rows are padded with 50256.
        let text = try String(
            contentsOf: Conformance.file("goldens/seed000_token_ids.txt"),
            encoding: .utf8
        )
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("[") }.map { line in
            line.dropFirst().dropLast().split(separator: ", ").compactMap { Int32($0) }
                .filter { $0 != 50256 }
        }
        #expect(rows.count == 6)
        #expect(pairs.sequences.map(\.tokens) == rows)
        #expect(pairs.pairs.map(\.promptLength) == [7, 8, 7])
        // Rows of the trees: prompts once, and no row for the last token of an answer:
        // 7 + 6 + 4, 8 + 13 + 3, 7 + 8 + 3, where the answers to the second and third begin alike.
        #expect(pairs.rowCount < 6 * 21)
    }
}
