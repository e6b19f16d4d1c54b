import Files
import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing
import TokenTrees
import Tokenizers

@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct ConformanceDataTests {
    @Test("HH harmless-base has the prompts and the faults that TRL's extraction gives")
    func wholeFile() throws {
        let file = try Conformance.file("prefdata/hh-rlhf_harmless-base_test.jsonl.gz")
        let dataset = try PreferenceDataset.load(
            [file],
            processor: TextProcessor(ScalarEncoder(joins: false)),
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
            processor: nil,
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

    @Test("text gives the token ids that TRL gives, cut or not", arguments: [256, 4096])
    func tokenIDs(maximumLength: Int) throws {
        let tokenizer = try Tokenizer(folder: Conformance.file("tokenizers/stories260K"))
        let dataset = try PreferenceDataset.load(
            [Conformance.file("trajectories/stories260K-sigmoid/data.jsonl")],
            processor: TextProcessor(tokenizer),
            settings: DataSettings(maximumLength: maximumLength)
        )
        var reader = try LineReader(
            Conformance.file("trajectories/stories260K-sigmoid/tokens.jsonl")
        )
        for pair in dataset.pairs {
            let row = try JSONValue(parsing: try #require(try reader.next()))
            func tokens(_ key: String) throws -> [Int32] {
                try #require(row[key]?.array).map { Int32(try #require($0.integer)) }
            }
            let prompt = try tokens("prompt_ids")
            let chosen = (prompt + (try tokens("chosen_ids"))).prefix(maximumLength)
            let rejected = (prompt + (try tokens("rejected_ids"))).prefix(maximumLength)
            #expect(pair.promptLength == prompt.count)
            #expect(pair.chosen.tokens == Array(chosen))
            #expect(pair.chosen.scored == [prompt.count..<chosen.count])
            #expect(pair.rejected.tokens == Array(rejected))
            #expect(pair.rejected.scored == [prompt.count..<rejected.count])
        }
        #expect(dataset.pairs.count == 48)
        #expect(try reader.next() == nil)
    }

    @Test("256 rows of HH harmless-base have TRL's token ids and prompt lengths")
    func firstRows() throws {
        var reader = try LineReader(
            Conformance.file("prefdata/hh-rlhf_harmless-base_test.jsonl.gz")
        )
        var rows = Data()
        while reader.lineNumber < 256, let line = try reader.next() {
            rows.append(contentsOf: line + [0x0A])
        }
        let folder = try TemporaryFolder()
        let dataset = try PreferenceDataset.load(
            [try folder.write("rows.jsonl", rows)],
            processor: TextProcessor(Tokenizer(folder: Conformance.file("tokenizers/stories260K"))),
            settings: DataSettings(onBadRow: .skip)
        )
        let report = dataset.report
        // From TRL 1.16's extract_prompt and its tokenisation with the library tokenizers.
        #expect(report.skipped.map(\.kind) == [.emptyAnswer, .promptTooLong])
        #expect(report.skipped.map(\.count) == [1, 3])
        #expect(report.pairsKept == 252)
        #expect(report.promptTokens == 62_583)
        #expect(report.chosenTokens == 22_000)
        #expect(report.rejectedTokens == 28_851)
        #expect(report.boundaryShiftPairs == 3)
        #expect(report.boundaryShiftTokens == 4)
        #expect(report.truncatedTokens == 902)
        // FNV-1a over prompt length, chosen and rejected ids of every pair.
        var checksum: UInt64 = 0xCBF2_9CE4_8422_2325
        for pair in dataset.pairs {
            for id in [Int32(pair.promptLength)] + pair.chosen.tokens + pair.rejected.tokens {
                checksum = (checksum ^ UInt64(id)) &* 0x100_0000_01B3
            }
        }
        #expect(checksum == 9_373_678_730_421_576_413)
    }
}
