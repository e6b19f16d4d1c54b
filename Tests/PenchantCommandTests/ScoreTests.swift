import Foundation
import OrderedJSON
import Testing

/// `penchant score`.
@Suite struct ScoreTests {
    @Test("a model against itself has no margin, the loss ln 2, and wins nothing")
    func sameModel() async throws {
        let place = try Workplace()
        let result = try await place.score([place.data()], "--reference", place.model.path)
        #expect(result.status == 0, "\(result.errors)")
        let values = Dictionary(
            uniqueKeysWithValues: result.outputLines.map {
                let words = $0.split(separator: " ", omittingEmptySubsequences: true)
                return (String(words[0]), String(words[1]))
            }
        )
        #expect(values["pairs"] == "10")
        #expect(values["loss"] == "0.6931")
        #expect(values["margin"].flatMap { Double($0) } == 0)
        #expect(values["accuracy"].flatMap { Double($0) } == 0)
    }

    @Test("with ids, rows say which positions their log-probabilities are of")
    func scoredPositions() async throws {
        let place = try Workplace()
        let scores = place.url.appending(path: "scores.jsonl")
        let result = try await place.score(
            [place.data(Rows.tokens)],
            "--output",
            scores.path,
            "--ids",
            "--scored",
            "all"
        )
        #expect(result.status == 0, "\(result.errors)")
        let row = try #require(try Workplace.lines(of: scores).first)
        // Three ids of the prompt, then two and three of the answers; nothing predicts the first.
        #expect(row["chosen_scored"] == [[1, 5]])
        #expect(row["rejected_scored"] == [[1, 6]])
        #expect(row["chosen_count"] == 4)
        #expect(row["rejected_logps"]?.array?.count == 5)
    }

    @Test("each pair has a row with its place, sums, counts and log-probabilities")
    func rows() async throws {
        let place = try Workplace()
        let files = [try place.data(name: "a.jsonl"), try place.data(Rows.tokens, name: "b.jsonl")]
        let scores = place.url.appending(path: "scores.jsonl")
        let result = try await place.score(files, "--output", scores.path)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("scores        \(scores.path)\n"))
        #expect(!result.output.contains("margin"))

        let rows = try Workplace.lines(of: scores)
        #expect(rows.count == 14)
        #expect(
            rows.map { $0["file"]?.string }
                == Array(repeating: files[0].path, count: 10)
                + Array(repeating: files[1].path, count: 4)
        )
        #expect(rows.map { $0["line"]?.integer } == Array(1...10) + Array(1...4))
        for row in rows {
            #expect(
                row.members.map(\.key) == [
                    "file", "line", "chosen_sum", "rejected_sum", "chosen_count", "rejected_count",
                    "chosen_logps", "rejected_logps",
                ]
            )
            for side in ["chosen", "rejected"] {
                let values = try #require(row["\(side)_logps"]?.array).compactMap(\.double)
                #expect(values.count == row["\(side)_count"]?.integer)
                #expect(values.allSatisfy { $0 < 0 })
                let sum = try #require(row["\(side)_sum"]?.double)
                #expect(abs(values.reduce(0, +) - sum) < 1e-6)
            }
        }
        #expect(rows[10]["chosen_count"]?.integer == 2)
        #expect(rows[10]["rejected_count"]?.integer == 3)
    }

    @Test("a reference adds rewards, β times the log-ratios")
    func rewards() async throws {
        let place = try Workplace()
        let other = place.url.appending(path: "other")
        try TinyModel(seed: 2).write(to: other)
        let data = try place.data()
        var rows: [[JSONObject]] = []
        for (name, beta) in [("a", "0.1"), ("b", "0.5")] {
            let scores = place.url.appending(path: name)
            let result = try await place.score(
                [data],
                "--reference",
                other.path,
                "--beta",
                beta,
                "--output",
                scores.path
            )
            #expect(result.status == 0, "\(result.errors)")
            rows.append(try Workplace.lines(of: scores))
        }
        for (small, large) in zip(rows[0], rows[1]) {
            let margin = try #require(small["margin"]?.double)
            let chosen = try #require(small["reward_chosen"]?.double)
            let rejected = try #require(small["reward_rejected"]?.double)
            #expect(margin != 0)
            #expect(abs(margin - (chosen - rejected)) < 1e-9)
            #expect(abs(5 * margin - (large["margin"]?.double ?? 0)) < 1e-9)
            #expect(small["correct"]?.bool == (margin > 0))
        }
    }

    @Test("scores replace nothing that is read")
    func outputIsInput() async throws {
        let place = try Workplace()
        let data = try place.data()
        let before = try Data(contentsOf: data)
        let link = place.url.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: data)
        let weights = place.model.appending(path: "model.safetensors")
        for output in [data, link, weights] {
            let result = try await place.score([data], "--output", output.path)
            expectRefusal(result, status: 64, saying: ["--output", output.path, "replace"])
        }
        #expect(try Data(contentsOf: data) == before)
    }

    @Test("scores go to a file in a folder that is there")
    func outputPlace() async throws {
        let place = try Workplace()
        let data = try place.data()
        let nowhere = place.url.appending(path: "none/scores.jsonl")
        let places = [
            (place.model.path, "folder or device"), ("/dev/null", "folder or device"),
            (nowhere.path, "whose folder is not there"),
        ]
        for (output, words) in places {
            let result = try await place.score([data], "--output", output)
            expectRefusal(result, status: 64, saying: ["--output", words])
        }
    }

    @Test("β without a reference would do nothing, and is refused")
    func betaAlone() async throws {
        let place = try Workplace()
        let result = try await place.score([place.data()], "--beta", "0.2")
        expectRefusal(result, status: 64, saying: ["--beta", "--reference"])
    }
}
