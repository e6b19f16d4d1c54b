import Foundation
import Testing

/// The examples that are scripts: what their pages say must be what they print.
@Suite struct ExampleScriptTests {
    private func run(_ example: String) async throws -> CommandResult {
        let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Examples").standardizedFileURL
        let script = examples.appending(path: "\(example)/run.sh")
        let result = try await CommandRunner.run(
            [CommandRunner.executable.deletingLastPathComponent().path],
            program: script
        )
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        return result
    }

    /// The numbers behind a word, in order.
    private func numbers(behind word: String, in text: String) -> [Double] {
        text.components(separatedBy: word).dropFirst().compactMap { part in
            Double(part.drop { $0 == " " }.prefix { "-.0123456789e+".contains($0) })
        }
    }

    @Test("instructions in three spellings train together, and held-out rows show it")
    func fromScratch() async throws {
        let output = try await run("001-from-scratch").output
        #expect(output.contains("24 rows"))
        #expect(output.contains("6 rows"))
        // Steps, and the margins of training and held-out pairs: both grow.
        let curve = output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            let values = words.compactMap { Double($0) }
            return words.count == 3 && values.count == 3 ? values : nil
        }
        #expect(curve.map(\.first) == [3, 6, 9, 12])
        let (first, last) = try (#require(curve.first), #require(curve.last))
        #expect(last[1] > first[1] && last[2] > first[2], "\(output)")
        let margins = numbers(behind: "\nmargin", in: output)
        #expect(margins.count == 2 && margins.allSatisfy { $0 > 0.1 }, "\(output)")
        let losses = numbers(behind: "\nloss", in: output)
        #expect(losses.count == 2 && losses.allSatisfy { $0 < 0.65 }, "\(output)")
    }

    @Test("conversations train with sums and with means, which are smaller")
    func chat() async throws {
        let output = try await run("002-chat").output
        let losses = numbers(behind: "last step: loss", in: output)
        try #require(losses.count == 2, "\(output)")
        // Means are a tenth of sums or less, and so is what a step does to the loss.
        #expect(losses[0] < 0.6)
        #expect(losses[1] > 0.6 && losses[1] < 0.6931)
        let scores = numbers(behind: "token after token", in: output)
        #expect(scores.count == 1 && scores.allSatisfy { $0 > -1 })
    }
}
