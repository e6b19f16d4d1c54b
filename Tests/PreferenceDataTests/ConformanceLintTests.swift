import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing

@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct ConformanceLintTests {
    private func lines(_ report: LintReport, _ kind: LintKind) -> [Int] {
        report.findings.first { $0.kind == kind }?.rows.map(\.line) ?? []
    }

    /// The elements of a JSON file as JSON lines.
    private func lines(of path: String, _ row: (JSONValue) -> JSONValue) throws -> String {
        let data = try Data(contentsOf: Conformance.file(path))
        let rows = try #require(try JSONValue(parsing: Array(data)).array)
        return rows.map { row($0).text }.joined(separator: "\n")
    }

    @Test("HH harmless-base: 4 empty and 5 mismatched rows, chosen longer in 44.5 %")
    func harmless() throws {
        let file = try Conformance.file("prefdata/hh-rlhf_harmless-base_test.jsonl.gz")
        let report = try DataLinter(processor: nil).lint([file])
        #expect(report.rowsRead == 2312)
        #expect(lines(report, .badRow(.emptyAnswer)) == [87, 517, 926, 1104])
        // Rows where text[:text.rfind("\n\nAssistant:")] differs between the sides.
        #expect(lines(report, .promptMismatch) == [1255, 1689, 1951, 1953, 2037])
        #expect(lines(report, .duplicate).isEmpty)
        #expect(lines(report, .contradiction).isEmpty)
        let lengths = try #require(report.lengths.first)
        #expect(lengths.longer == 1025)
        #expect(lengths.shorter == 1276)
        #expect(lengths.equal == 11)
        // 1025 / 2301 and (1025 − 1276) / √2301.
        expectClose(lengths.share, 0.445458, absolute: 1e-6)
        expectClose(lengths.z, -5.232574, absolute: 1e-6)
        expectClose(lengths.meanDifference, -43.030709, absolute: 1e-6)
    }

    @Test("HH harmless-base, cleaned, has none of the nine rows and all others as they are")
    func harmlessClean() throws {
        let folder = try TemporaryFolder()
        let file = try Conformance.file("prefdata/hh-rlhf_harmless-base_test.jsonl.gz")
        let linter = try DataLinter(processor: nil)
        let output = folder.url.appending(path: "clean.jsonl.gz")
        let cleaning = try linter.lint([file]).writeCleanFile(of: [file], to: output)
        #expect(cleaning.rowsWritten == 2303)
        #expect(cleaning.removed.map(\.count) == [4, 5])
        let report = try linter.lint([output])
        #expect(report.rowsRead == 2303)
        #expect(report.findings.filter { $0.kind.isRemovable }.isEmpty)
    }

    @Test("rasbt's instructions: 6 identical pairs")
    func identical() throws {
        let folder = try TemporaryFolder()
        let rows = try lines(of: "prefdata/rasbt_instruction-data-with-preference.json") { row in
            let prompt = "\(row["instruction"]?.string ?? "")\n\(row["input"]?.string ?? "")"
            return [
                "prompt": .string(prompt), "chosen": row["chosen"] ?? .null,
                "rejected": row["rejected"] ?? .null,
            ]
        }
        let report = try DataLinter(processor: nil).lint([try folder.write("rows.jsonl", rows)])
        #expect(report.rowsRead == 1100)
        let expected = [122, 226, 400, 566, 628, 676].map { $0 + 1 }
        #expect(lines(report, .badRow(.equalAnswers)) == expected)
        #expect(lines(report, .duplicate).isEmpty)
    }

    @Test("LLaMA-Factory's demo: the 5 prompts that stand twice are whole rows")
    func repeatedPrompts() throws {
        let folder = try TemporaryFolder()
        let rows = try lines(of: "prefdata/llamafactory_dpo_en_demo.json") { row in
            [
                "prompt": .string(row["conversations"]?.text ?? ""),
                "chosen": row["chosen"]?["value"] ?? .null,
                "rejected": row["rejected"]?["value"] ?? .null,
            ]
        }
        let report = try DataLinter(processor: nil).lint([try folder.write("rows.jsonl", rows)])
        #expect(report.rowsRead == 300)
        #expect(report.distinctPrompts == 295)
        // Rows 157, 186, 230, 248 and 275, counted from 0, are 13, 111, 84, 28 and 117 again.
        #expect(lines(report, .duplicate) == [158, 187, 231, 249, 276])
        #expect(lines(report, .repeatedPrompt).isEmpty)
    }
}
