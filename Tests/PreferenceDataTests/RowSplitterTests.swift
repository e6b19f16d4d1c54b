import Files
import Foundation
import PreferenceData
import TestSupport
import Testing

@Suite struct RowSplitterTests {
    /// The rows of two files, in order.
    struct Halves: Equatable {
        var training: [String]
        var evaluation: [String]
    }

    private func split(
        _ contents: [[String]],
        _ share: RowSplitter.Share,
        seed: UInt64 = 42,
        settings: DataSettings = DataSettings()
    ) throws -> (halves: Halves, report: RowSplitter.Report) {
        let folder = try TemporaryFolder()
        let files = try contents.enumerated().map { index, rows in
            DataSource.path(
                try folder.write("\(index).jsonl", rows.joined(separator: "\n"))
            )
        }
        let training = folder.url.appending(path: "train.jsonl")
        let evaluation = folder.url.appending(path: "eval.jsonl")
        let report = try RowSplitter(settings: settings).split(
            files,
            holdingOut: share,
            seed: seed,
            training: training,
            evaluation: evaluation
        )
        func lines(_ url: URL) throws -> [String] {
            try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        }
        return (Halves(training: try lines(training), evaluation: try lines(evaluation)), report)
    }

    /// Rows of `count` prompts, of which every third has a second row further down.
    private static func rows(_ count: Int) -> [String] {
        let prompts = Array(0..<count) + stride(from: 0, to: count, by: 3)
        return prompts.enumerated().map { index, prompt in
            #"{"prompt":  "ask \#(prompt)", "chosen": "\#(index)", "rejected": "no"}"#
        }
    }

    private static func prompt(_ row: String) -> Substring { row.split(separator: "\"")[3] }

    @Test("no prompt is on both sides, and every row is on one, in its order")
    func disjoint() throws {
        let rows = Self.rows(300)
        let (halves, report) = try split([rows], .fraction(0.05))
        #expect(
            Set(halves.training.map(Self.prompt)).isDisjoint(
                with: halves.evaluation.map(Self.prompt)
            )
        )
        let held = Set(halves.evaluation)
        #expect(halves.training == rows.filter { !held.contains($0) })
        #expect(halves.evaluation == rows.filter { held.contains($0) })
        // 5 % of 400.
        #expect(halves.evaluation.count == 20)
        #expect(report.evaluationRows == 20)
        #expect(report.trainingRows == 380)
        #expect(report.evaluationPrompts + report.trainingPrompts == 300)
    }

    @Test("a seed gives one split, whatever the order of the rows and files")
    func order() throws {
        let rows = Self.rows(300)
        let whole = try split([rows], .count(33)).halves
        let parts = try split([Array(rows[250...].reversed()), Array(rows[..<250])], .count(33))
        #expect(Set(parts.halves.evaluation) == Set(whole.evaluation))
        #expect(try split([rows], .count(33)).halves == whole)
        let other = try split([rows], .count(33), seed: 43).halves
        #expect(Set(other.evaluation) != Set(whole.evaluation))
        #expect(other.evaluation.count == 33)
    }

    @Test("the split of a seed is the one it has always been")
    func pinned() throws {
        let rows = (0..<10).map { #"{"prompt": "\#($0)", "chosen": "x", "rejected": "y"}"# }
        let (halves, _) = try split([rows], .count(3), seed: 1)
        #expect(halves.evaluation.map { Self.prompt($0) } == ["2", "3", "9"])
    }

    @Test("rows of one prompt stay together, so the number is as near as that allows")
    func wholePrompts() throws {
        func rows(_ sizes: [Int]) -> [String] {
            sizes.enumerated().flatMap { prompt, size in
                (0..<size).map {
                    #"{"prompt": "\#(prompt)", "chosen": "\#($0)", "rejected": "no"}"#
                }
            }
        }
        // Of three: 3 is nearer to 4, 6 to 5; the least is one prompt.
        #expect(try split([rows([3, 3, 3])], .count(4)).halves.evaluation.count == 3)
        #expect(try split([rows([3, 3, 3])], .count(5)).halves.evaluation.count == 6)
        #expect(try split([rows([3, 3, 3])], .count(1)).halves.evaluation.count == 3)
        // The other side keeps one too.
        #expect(try split([rows([3, 3, 3])], .count(8)).halves.evaluation.count == 6)
        // 2 and 3 rather than 2 and 2.
        #expect(try split([rows([2, 2, 3])], .count(5)).halves.evaluation.count == 5)
        #expect(try split([rows([4, 4, 4, 1])], .count(5)).halves.evaluation.count == 5)
    }

    @Test("transcripts of one prompt stay together, whatever their answers begin with")
    func transcripts() throws {
        let rows = (0..<40).map { index in
            let question = #"\n\nHuman: Q \#(index / 4)?\n\nAssistant:"#
            // The rows of a prompt have no, one, two and three words of their answers alike.
            let shared = (0..<(index % 4)).map { " word \($0)" }.joined()
            return #"{"chosen": "\#(question)\#(shared) yes \#(index)", "rejected": "#
                + #""\#(question)\#(shared) no"}"#
        }
        let (halves, report) = try split([rows], .count(8))
        #expect(halves.evaluation.count == 8)
        #expect(report.evaluationPrompts == 2)
        func questions(_ rows: [String]) -> Set<Substring> {
            Set(rows.compactMap { $0.split(separator: "?").first })
        }
        #expect(questions(halves.training).isDisjoint(with: questions(halves.evaluation)))
    }

    @Test("a fraction leaves a row on each side")
    func smallFractions() throws {
        #expect(try split([Self.rows(6)], .fraction(0.001)).halves.evaluation.count == 1)
        #expect(try split([Self.rows(6)], .fraction(0.999)).halves.training.count == 1)
    }

    @Test("what leaves a side without a row is refused and writes nothing", arguments: [0, 8, 9])
    func bounds(count: Int) throws {
        // 6 prompts and two second rows.
        #expect(throws: PromptSplitError.self) { try split([Self.rows(6)], .count(count)) }
    }

    @Test("rows of one prompt cannot be split")
    func onePrompt() throws {
        let rows = ["x", "y"].map { #"{"prompt": "p", "chosen": "\#($0)", "rejected": "no"}"# }
        let error = #expect(throws: PromptSplitError.self) { try split([rows], .count(1)) }
        #expect(
            error?.description == "1 of 2 rows with 1 prompt cannot be held out: each side needs "
                + "a row, and rows of one prompt stay together"
        )
    }

    @Test("a bad row stops, or is on neither side and counted")
    func badRows() throws {
        let rows = Self.rows(6) + ["{}"]
        #expect(throws: DataError.self) { try split([rows], .count(2)) }
        let (halves, report) = try split(
            [rows],
            .count(2),
            settings: DataSettings(onBadRow: .skip)
        )
        #expect(halves.training.count + halves.evaluation.count == 8)
        #expect(report.skipped.map(\.kind) == [.missingKey])
        #expect(report.skipped.map(\.count) == [1])
    }
}
