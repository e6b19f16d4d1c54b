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

    @Test("HH harmless-base: 4 empty and 5 mismatched rows, chosen longer in 44.5 %")
    func harmless() throws {
        let file = try Conformance.file("prefdata/hh-rlhf_harmless-base_test.jsonl.gz")
        let report = try DataLinter(processor: nil).lint([.path(file)])
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
        let cleaning = try linter.lint([.path(file)]).writeCleanFile(of: [.path(file)], to: output)
        #expect(cleaning.rowsWritten == 2303)
        #expect(cleaning.removed.map(\.count) == [4, 5])
        let report = try linter.lint([.path(output)])
        #expect(report.rowsRead == 2303)
        #expect(report.findings.filter { $0.kind.isRemovable }.isEmpty)
    }

    private func report(on path: String) throws -> LintReport {
        try DataLinter(processor: nil).lint([.path(Conformance.file(path))])
    }

    private func rows(_ report: LintReport, _ kind: LintKind) -> [Int] {
        report.findings.first { $0.kind == kind }?.indices ?? []
    }

    @Test("rasbt's instructions: 6 identical pairs")
    func identical() throws {
        let report = try report(on: "prefdata/rasbt_instruction-data-with-preference.json")
        #expect(report.rowsRead == 1100)
        #expect(rows(report, .badRow(.equalAnswers)) == [122, 226, 400, 566, 628, 676])
        #expect(rows(report, .duplicate).isEmpty)
        // 1,100 rows have 1,075 different pairs of instruction and input.
        #expect(report.distinctPrompts == 1075)
    }

    @Test("LLaMA-Factory's demo: the 5 prompts that stand twice are whole rows")
    func repeatedPrompts() throws {
        let report = try report(on: "prefdata/llamafactory_dpo_en_demo.json")
        #expect(report.rowsRead == 300)
        #expect(report.distinctPrompts == 295)
        // They are rows 13, 111, 84, 28 and 117 again.
        #expect(rows(report, .duplicate) == [157, 186, 230, 248, 275])
        #expect(rows(report, .repeatedPrompt).isEmpty)
    }
}
