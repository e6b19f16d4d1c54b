import Files
import Foundation
import PreferenceData
import TestSupport
import Testing
import TokenTrees

@Suite struct PreferenceDatasetTests {
    @Test("files are read in order, blank lines and other keys are passed over")
    func order() throws {
        let folder = try TemporaryFolder()
        let first = try folder.write(
            "a.jsonl",
            """
            {"prompt": "p", "chosen": "1", "rejected": "x", "score": [1, {"a": null}]}

            \t {"prompt": "p", "chosen": "2", "rejected": "x"}\r
             \t\r
            {"prompt": "p", "chosen": "3", "rejected": "x"}
            """
        )
        let second = try folder.write(
            "b.jsonl",
            #"{"prompt": "p", "chosen": "4", "rejected": "x"}"#
        )
        let dataset = try PreferenceDataset.load(
            [first, second],
            processor: TextProcessor(ScalarEncoder())
        )
        #expect(
            dataset.pairs.map { $0.chosen.tokens }
                == ["1", "2", "3", "4"].map {
                    [1] + ids("p\($0)") + [2]
                }
        )
        #expect(dataset.pairs.map { $0.source.line } == [1, 3, 5, 1])
        #expect(dataset.pairs.map { $0.source.file } == [first, first, first, second].map(\.path))
        #expect(dataset.report.rowsRead == 4)
        #expect(dataset.report.pairsKept == 4)
    }

    @Test("a byte order mark at the beginning of a file is passed over")
    func byteOrderMark() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a.jsonl",
            "\u{FEFF}" + #"{"prompt": "p", "chosen": "1", "rejected": "x"}"#
        )
        #expect(
            try PreferenceDataset.load([file], processor: TextProcessor(ScalarEncoder())).pairs
                .count == 1
        )
    }

    @Test("the order of many rows does not depend on the cores that prepare them")
    func manyRows() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<5000).map {
            #"{"prompt_ids": [1], "chosen_ids": [\#($0)], "rejected_ids": [9999]}"#
        }
        let file = try folder.write("a.jsonl", rows.joined(separator: "\n"))
        let dataset = try PreferenceDataset.load([file], processor: nil)
        #expect(dataset.pairs.map { $0.chosen.tokens[1] } == Array(0..<5000))
        #expect(dataset.pairs.map { $0.source.line } == Array(1...5000))
    }

    @Test("the first bad row of many stops the reading, wherever it is prepared")
    func firstBadRow() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<3000).map {
            $0 >= 1500
                ? "[]" : #"{"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3]}"#
        }
        let file = try folder.write("a.jsonl", rows.joined(separator: "\n"))
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load([file], processor: nil)
        }
        #expect(error?.source == RowSource(file: file.path, line: 1501))
    }

    @Test("skipped rows are counted by reason, with the first places of each")
    func skipping() throws {
        let folder = try TemporaryFolder()
        let good = #"{"prompt": "p", "chosen": "1", "rejected": "x"}"#
        let empty = #"{"prompt": "p", "chosen": "1", "rejected": ""}"#
        let rows = [good, "{", good] + Array(repeating: empty, count: 7) + ["", "{}"]
        let file = try folder.write("a.jsonl", rows.joined(separator: "\n"))
        let dataset = try PreferenceDataset.load(
            [file],
            processor: TextProcessor(ScalarEncoder()),
            settings: DataSettings(onBadRow: .skip)
        )
        #expect(dataset.pairs.count == 2)
        let report = dataset.report
        #expect(report.rowsRead == 11)
        #expect(report.pairsKept == 2)
        #expect(report.skipped.map(\.kind) == [.notJSON, .missingKey, .emptyAnswer])
        #expect(report.skipped.map(\.count) == [1, 1, 7])
        #expect(report.skipped.map { $0.places.map(\.line) } == [[2], [12], [4, 5, 6, 7, 8]])
        let path = file.path
        #expect(
            report.description == """
                11 rows read, 2 pairs kept
                skipped 9:
                  1 × not JSON: \(path):2
                  1 × a key is missing: \(path):12
                  7 × an answer is empty: \(path):4, 5, 6, 7, 8, …
                tokens: 4 in prompts, 4 in chosen and 4 in rejected answers; 8 scored
                rows through the model: 8, without sharing 12 (33 % saved)
                """
        )
    }

    @Test("the report tells what was done to the rows")
    func description() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a.jsonl",
            """
            {"chosen": "say: yes</s>", "rejected": "say: no"}
            {"prompt": "xa", "chosen": "bcdefghijk", "rejected": "d"}
            {"prompt_ids": [], "chosen_ids": [6, 7], "rejected_ids": [6, 8]}
            """
        )
        let dataset = try PreferenceDataset.load(
            [file],
            processor: TextProcessor(ScalarEncoder()),
            settings: DataSettings(maximumLength: 10, appendsEndOfText: false)
        )
        #expect(
            dataset.report.description == """
                3 rows read, 3 pairs kept
                prompts taken out of the answers: 1
                tokens: 7 in prompts, 15 in chosen and 7 in rejected answers; 20 scored
                answers without an end: 3 (the model will not learn where they stop)
                the answer begins inside the prompt's last tokens: 1 pair, 1 token (end prompts \
                where tokens end to avoid it)
                cut at the maximum length: 1 sequence of 1 pair, 2 tokens lost (0 of prompts, 2 \
                of answers); 1 answer lost the end
                nothing comes before the first token to score, so it is not scored: 1 pair
                rows through the model: 21, without sharing 30 (30 % saved)
                """
        )
    }

    @Test("a file that is not there is a file error")
    func missingFile() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileError.self) {
            try PreferenceDataset.load(
                [folder.url.appending(path: "none.jsonl")],
                processor: TextProcessor(ScalarEncoder())
            )
        }
    }
}
