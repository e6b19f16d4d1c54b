import PreferenceData
import TestSupport
import Testing

@Suite struct LengthBiasTests {
    private func bias(_ rows: [(chosen: Int, rejected: Int)]) throws -> LengthBias {
        let folder = try TemporaryFolder()
        let lines = rows.enumerated().map { index, row in
            let chosen = String(repeating: "c", count: row.chosen)
            let rejected = String(repeating: "r", count: row.rejected)
            return "{\"prompt\": \"\(index)\", \"chosen\": \"\(chosen)\", "
                + "\"rejected\": \"\(rejected)\"}"
        }
        let file = try folder.write("rows.jsonl", lines.joined(separator: "\n"))
        return try #require(try DataLinter(processor: nil).lint([.path(file)]).lengths.first)
    }

    @Test("the numbers are those of a calculation by hand")
    func byHand() throws {
        // Differences 2, −1, 0, 3: mean 1; squares 14; variance (14 − 4) / 3, of the mean / 4.
        let bias = try bias([(4, 2), (1, 2), (5, 5), (4, 1)])
        #expect(bias.longer == 2)
        #expect(bias.shorter == 1)
        #expect(bias.equal == 1)
        expectClose(bias.share, 2.0 / 3, relative: 1e-15)
        // (2 − 1) / √3.
        expectClose(bias.z, 0.577_350_269_189_625_8, relative: 1e-15)
        #expect(bias.meanDifference == 1)
        expectClose(bias.standardError, 0.912_870_929_175_276_9, relative: 1e-15)
        // (1/4 + 1 + 1/5 + 1/4) / (1/2 + 1/2 + 1/5 + 1) = 1.7 / 2.2.
        expectClose(bias.weightInMeans, 1.7 / 2.2, relative: 1e-15)
        #expect(!bias.isSignificant)
        #expect(
            bias.description
                == "chosen is longer in 66.7 % of 3 pairs of unequal length (z = 0.6, no more than "
                + "chance), by 1.0 ± 0.9 characters in the mean; objectives over sums of "
                + "log-probabilities (DPO) move by length: 0.01 nats more on every character is "
                + "0.01 nats of margin; objectives over means (SimPO) do not, but there a character "
                + "of chosen weighs 0.77 times one of rejected"
        )
    }

    @Test("length that tells the better answer beyond chance is a warning, less is a note")
    func severity() throws {
        // 9 of 9: z = 3, the least that counts; 8 of 8: z = √8.
        #expect(try bias(Array(repeating: (2, 1), count: 9)).isStrong)
        #expect(try !bias(Array(repeating: (2, 1), count: 8)).isStrong)
        #expect(try bias(Array(repeating: (1, 2), count: 9)).isStrong)
        // 60 of 100: significant with z = 2 is not; 650 of 1,000 is, but below two thirds.
        let many = try bias(
            Array(repeating: (2, 1), count: 650) + Array(repeating: (1, 2), count: 350)
        )
        #expect(many.isSignificant)
        #expect(!many.isStrong)
    }

    @Test("answers of one length say nothing")
    func equal() throws {
        let bias = try bias([(2, 2)])
        #expect(bias.share == 0.5)
        #expect(bias.z == 0)
        #expect(bias.standardError == 0)
        #expect(bias.description == "all answers are as long as their rivals in characters")
    }
}
