import Foundation
import OrderedJSON
import Testing

/// The forms in which data come.
@Suite struct DataFormTests {
    @Test("several files, one of them compressed, are read as one")
    func files() async throws {
        let place = try Workplace()
        let compressed = try Gzip.compress(Rows.text.joined(separator: "\n"), in: place)
        let files = [try place.data(), try place.write("more.jsonl.gz", compressed)]
        let result = try await place.train(files, "--batch-size", "5")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("20 rows read, 20 pairs kept"))
        #expect(try place.metrics().count == 4)
    }

    @Test("prompts that both answers begin with are taken out of them")
    func implicitPrompts() async throws {
        let place = try Workplace()
        let result = try await place.train([place.data(Rows.implicit)])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("prompts taken out of the answers: 4"))
    }

    @Test("rows of token ids are trained on as they are")
    func tokens() async throws {
        let place = try Workplace()
        let result = try await place.train([place.data(Rows.tokens)])
        #expect(result.status == 0, "\(result.errors)")
        // Two to three tokens behind prompts of three, and nothing appended.
        #expect(try place.metrics().first?["num_tokens"]?.integer == 4 * (5 + 6))
    }

    @Test("data can come from standard input")
    func standardInput() async throws {
        let place = try Workplace()
        let result = try await CommandRunner.run(
            ["score", "--model", place.model.path, "--data", "/dev/stdin"],
            input: Rows.text.joined(separator: "\n")
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("pairs         10\n"))
    }

    @Test("relative paths are those of the current folder")
    func relativePaths() async throws {
        let place = try Workplace()
        _ = try place.data()
        let result = try await CommandRunner.run(
            ["score", "--model", "tiny", "--data", "data.jsonl", "--output", "scores.jsonl"],
            folder: place.url
        )
        #expect(result.status == 0, "\(result.errors)")
        let scores = place.url.appending(path: "scores.jsonl")
        #expect(try Workplace.lines(of: scores).count == 10)
    }
}
