import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing

@Suite struct LintReportTests {
    @Test("a report says what was found where, what to do, and what it comes to")
    func description() throws {
        let folder = try TemporaryFolder()
        let good = (0..<11).map {
            #"{"prompt": "\#($0)", "chosen": "x", "rejected": "y"}"#
        }
        let bad = #"{"prompt": "b", "chosen": "x", "rejected": "x"}"#
        let file = try folder.write("rows.jsonl", (good + [bad]).joined(separator: "\n"))
        let report = try DataLinter(processor: nil).lint([.path(file)])
        #expect(
            report.description == """
                12 rows, 12 prompts

                error    1 × both answers are the same (8.3 %): \(file.path):12
                         a pair without a difference teaches nothing: leave it out
                note         length and preference
                         all answers are as long as their rivals in characters
                         a model can learn length in place of quality

                not looked for without --model: both answers are the same after truncation; the \
                prompt is as long
                as the limit; longer than the limit; an answer has no end; nothing comes before \
                the first token
                of the answers; the answer begins inside the prompt's last token
                1 row needs attention
                """
        )
    }

    @Test("the JSON form has every row")
    func json() throws {
        let folder = try TemporaryFolder()
        let rows = Array(repeating: "{}", count: 7) + [#"{"chosen": "a b", "rejected": "a c"}"#]
        let file = try folder.write("rows.jsonl", rows.joined(separator: "\n"))
        let json = try DataLinter(processor: nil).lint([.path(file)]).json
        #expect(json["rows"]?.integer == 8)
        #expect(json["rows_with_errors"]?.integer == 7)
        #expect(json["verdict"]?.string == "do not train on this: 7 of 8 rows are errors")
        let finding = try #require(json["findings"]?.array?.first)
        #expect(finding["kind"]?.string == "missingKey")
        #expect(finding["severity"]?.string == "error")
        #expect(finding["share"]?.double == 0.875)
        #expect(finding["rows"]?.array?.compactMap { $0["line"]?.integer } == Array(1...7))
        #expect(finding["rows"]?.array?.first?["file"]?.string == file.path)
        #expect(json["lengths"]?.array?.first?["equal"]?.integer == 1)
    }

    @Test("data without a finding are ready")
    func ready() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a.jsonl", #"{"prompt": "p", "chosen": "x", "rejected": "y"}"#)
        let report = try DataLinter(processor: TextProcessor(ScalarEncoder())).lint([.path(file)])
        #expect(report.verdict == "ready to train")
        #expect(!report.needsAttention)
    }

    @Test("more than a tenth of errors is too much", arguments: [(8, true), (9, false)])
    func limit(good: Int, isTooMuch: Bool) throws {
        // 1 of 10 is a tenth, so not more.
        let folder = try TemporaryFolder()
        let rows = (0..<good).map { #"{"prompt": "\#($0)", "chosen": "x", "rejected": "y"}"# }
        let file = try folder.write("a.jsonl", (rows + ["{}"]).joined(separator: "\n"))
        let report = try DataLinter(processor: nil).lint([.path(file)])
        #expect(report.verdict.hasPrefix("do not train") == isTooMuch)
    }
}
