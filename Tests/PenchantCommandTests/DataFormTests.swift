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

    @Test("a dash is standard input, which may be compressed")
    func dash() async throws {
        let place = try Workplace()
        let score = ["score", "--model", place.model.path, "--data", "-"]
        let result = try await CommandRunner.run(
            score,
            input: "[" + Rows.text.joined(separator: ",\n") + "]"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("pairs         10\n"))
        let compressed = try place.write(
            "rows.gz",
            Gzip.compress(Rows.text.joined(separator: "\n"), in: place)
        )
        let other = try await CommandRunner.run(score, redirection: "< '\(compressed.path)'")
        #expect(other.output == result.output)
        let twice = try await CommandRunner.run(score + ["--data", "-"])
        expectRefusal(twice, status: 64, saying: ["standard input once"])
    }

    @Test("a folder's files are read as one, of lists and lines")
    func folder() async throws {
        let place = try Workplace()
        let folder = place.url.appending(path: "rows", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        _ = try place.data(Rows.text, name: "rows/a.jsonl")
        _ = try place.data(["[\(Rows.text[0])]"], name: "rows/b.json")
        let result = try await place.score([folder])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("pairs         11\n"))
    }

    @Test("columns with other names are mapped, and a form can be asked for")
    func mapping() async throws {
        let place = try Workplace()
        let data = try place.data(Rows.text.map { $0.replacing("\"prompt\"", with: "\"q\"") })
        let result = try await place.score([data], "--map", "prompt=q", "--format", "text")
        #expect(result.status == 0, "\(result.errors)")
        let original = try await place.score([place.data(Rows.text, name: "b.jsonl")])
        #expect(result.output == original.output)
        for (map, words) in [
            ("promt=q", "there is no column 'promt'; there are prompt, chosen"),
            ("prompt", "'prompt' is not a name"), ("prompt=", "is not a name"), ("", "is not a"),
            ("prompt=q,prompt=r", "mapped twice"),
        ] {
            let result = try await place.score([data], "--map", map)
            expectRefusal(result, status: 64, saying: [words])
        }
        let form = try await place.score([data], "--format", "parquet")
        expectRefusal(form, status: 64, saying: ["parquet", "sharegpt", "unpaired"])
    }

    @Test("labelled answers without pairs are refused, with how many they are")
    func unpaired() async throws {
        let place = try Workplace()
        let label = #"{"prompt": "p", "completion": "c", "label": true}"#
        let data = try place.data(Rows.text + [label, label])
        expectRefusal(
            try await place.score([data]),
            status: 65,
            saying: ["\(data.path):11: 2 of 12 rows", "the objective compares answers"]
        )
        expectRefusal(
            try await place.train([data]),
            status: 64,
            saying: ["\(data.path):11 is a labelled answer", "kto, bco, apo_zero_unpaired"]
        )
        #expect(!place.runExists)
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
