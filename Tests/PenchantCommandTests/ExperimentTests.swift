import Foundation
import TestSupport
import Testing

/// `penchant experiment overfit`, and the example that shows it.
@Suite struct ExperimentTests {
    private func run(_ output: URL, _ more: String...) async throws -> CommandResult {
        try await CommandRunner.run(["experiment", "overfit", "--output", output.path] + more)
    }

    private func text(_ file: URL) throws -> String {
        try String(contentsOf: file, encoding: .utf8)
    }

    @Test("curves, a page of plots and a verdict come out")
    func results() async throws {
        let folder = try TemporaryFolder()
        let output = folder.url.appending(path: "results")
        let result = try await run(output, "--steps", "20", "--ipo-beta", "0.5")
        #expect(result.status == 0, "\(result.errors)")
        let table = try text(output.appending(path: "curves.csv")).split(separator: "\n")
        // A head; two of DPO and one of IPO, each before 20 updates and behind the last.
        #expect(table.count == 1 + 3 * 21)
        let page = try text(output.appending(path: "report.html"))
        #expect(page.hasPrefix("<!DOCTYPE html>"))
        #expect(page.contains("IPO β 0.5"))
        #expect(result.output.contains("DPO β 0.1: after 20 updates h is "))
        #expect(result.output.contains("still rising at the end of 2 of 2 curves"))
        #expect(result.output.contains("settled at 1/(2β) in 1 of 1 curves"))
        #expect(result.errors.contains("curve 3 of 3: IPO β 0.5, 20 updates of sgd"))

        let again = try await run(output, "--steps", "1")
        expectRefusal(again, status: 64, saying: ["--output is", "--overwrite"])
        let replaced = try await run(output, "--steps", "1", "--overwrite", "--dpo-beta", "none")
        #expect(replaced.status == 0, "\(replaced.errors)")
        #expect(try text(output.appending(path: "curves.csv")).split(separator: "\n").count == 7)
    }

    @Test("a model from a folder takes the toy model's place")
    func folders() async throws {
        let place = try Workplace()
        let result = try await run(
            place.run,
            "--mode",
            "notebook",
            "--reference",
            place.model.path,
            "--policy",
            place.model.path,
            "--steps",
            "2",
            "--dpo-beta",
            "0.1",
            "--ipo-beta",
            "none"
        )
        #expect(result.status == 0, "\(result.errors)")
        let table = try text(place.run.appending(path: "curves.csv")).split(separator: "\n")
        // The policy is the reference: Σ ln 2 over four tokens, divided by ten.
        let loss = try #require(Double(table[1].split(separator: ",")[6]))
        expectClose(loss, 0.4 * log(2), absolute: 1e-5)
    }

    @Test("a setting that cannot be used is told with what is allowed", arguments: BadUsage.overfit)
    func refusals(_ usage: BadUsage) async throws {
        let folder = try TemporaryFolder()
        let output = folder.url.appending(path: "results")
        let result = try await CommandRunner.run(
            ["experiment", "overfit", "--output", output.path] + usage.arguments
        )
        expectRefusal(result, status: 64, saying: usage.words)
        #expect(!FileManager.default.fileExists(atPath: output.path))
    }

    @Test("a model that is not there is data that cannot be used")
    func missingModel() async throws {
        let folder = try TemporaryFolder()
        let output = folder.url.appending(path: "results")
        let result = try await run(output, "--reference", folder.url.path)
        expectRefusal(result, status: 65, saying: ["config.json"])
    }

    @Test("the example runs all three ways, and its verdict is the README's")
    func example() async throws {
        let folder = try TemporaryFolder()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Examples/004-overfitting/run.sh")
        let result = try await CommandRunner.run(
            [CommandRunner.executable.deletingLastPathComponent().path, folder.url.path],
            program: script
        )
        #expect(result.status == 0, "\(result.errors)")
        for name in ["sequence", "notebook", "notebook-loop"] {
            let page = try text(folder.url.appending(path: "\(name)/report.html"))
            #expect(page.contains("</html>"))
        }
        let lines = result.outputLines
        #expect(lines.count { $0 == "IPO: h settled at 1/(2β) in 3 of 3 curves." } == 1)
        #expect(lines.count { $0.hasPrefix("DPO: h was still rising at the end of 2 of 2") } == 3)
    }
}

extension BadUsage {
    /// Behind a command line of `experiment overfit` that is right.
    static let overfit = [
        BadUsage("--mode", "both", saying: "--mode", "sequence", "notebook"),
        BadUsage("--dpo-beta", "0.1,0", saying: "--dpo-beta is 0.0", "above 0"),
        BadUsage("--ipo-beta", "a", saying: "--ipo-beta is a", "numbers with commas"),
        BadUsage("--dpo-beta", "none", "--ipo-beta", "none", saying: "--ipo-beta is none"),
        BadUsage("--dpo-learning-rate", "0", saying: "--dpo-learning-rate is 0.0", "above 0"),
        BadUsage("--steps", "0", saying: "--steps is 0", "1 to 1,000,000"),
        BadUsage("--optimizer", "lion", saying: "--optimizer", "sgd", "adam"),
        BadUsage("--policy", "p", saying: "--policy is", "--mode notebook"),
        BadUsage("--policy-seed", "1", saying: "--policy-seed is 1", "--mode notebook"),
        BadUsage(
            "--mode",
            "notebook",
            "--policy",
            "p",
            "--policy-seed",
            "1",
            saying: "--policy-seed is beside --policy"
        ),
    ]
}
