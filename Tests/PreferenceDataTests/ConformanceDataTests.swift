import PreferenceData
import TestSupport
import Testing
import TokenTrees

@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct ConformanceDataTests {
    @Test("HH harmless-base has the prompts and the faults that TRL's extraction gives")
    func wholeFile() throws {
        let file = try Conformance.file("prefdata/hh-rlhf_harmless-base_test.jsonl.gz")
        let dataset = try PreferenceDataset.load(
            [file],
            encoder: ScalarEncoder(joins: false),
            settings: DataSettings(maximumLength: 2048, onBadRow: .skip)
        )
        let report = dataset.report
        #expect(report.rowsRead == 2312)
        #expect(report.skipped.map(\.kind) == [.emptyAnswer, .promptTooLong])
        #expect(report.skipped.map(\.count) == [4, 30])
        #expect(report.skipped.first?.places.map(\.line) == [87, 517, 926, 1104])
        // The rest is counted from what TRL 1.16's extract_prompt gives, a token per character.
        #expect(report.pairsKept == 2278)
        #expect(report.implicitPrompts == 2278)
        #expect(report.endOfTextAppended == 2 * 2278)
        #expect(report.promptTokens == 1_049_658)
        #expect(report.chosenTokens == 369_124)
        #expect(report.rejectedTokens == 456_633)
        #expect(report.truncatedSequences == 81)
        #expect(report.truncatedTokens == 24_537)
        #expect(report.modelRows == 1_868_892)
        #expect(report.modelRowsWithoutSharing == 2_920_517)
    }

    @Test("rows of TRL's own token ids come through as they are, but for what is cut")
    func tokenRows() throws {
        let file = try Conformance.file("trajectories/stories260K-sigmoid/tokens.jsonl")
        let dataset = try PreferenceDataset.load(
            [file],
            encoder: nil,
            settings: DataSettings(maximumLength: 256, vocabularySize: 512)
        )
        #expect(dataset.pairs.count == 48)
        // The ids beyond the 256th of the file's 96 sequences.
        #expect(dataset.report.truncatedTokens == 2453)
        // The first row has 24 + 238 and 24 + 329 ids.
        #expect(dataset.pairs[0].promptLength == 24)
        #expect(dataset.pairs[0].chosen.scored == [24..<256])
        #expect(dataset.pairs[0].rejected.tokens.count == 256)
    }
}
