import Foundation
import Testing

/// `penchant dpo --reference`.
@Suite struct ReferenceChoiceTests {
    @Test("over several epochs the reference is scored once, and never again")
    func cached() async throws {
        let place = try Workplace()
        let data = try place.data()
        let cache = ["--data-cache", place.url.appending(path: "cache").path]
        let first = try await place.train([data], ["--epochs", "2"] + cache)
        #expect(first.status == 0, "\(first.errors)")
        #expect(
            first.errors.contains(
                "reference cached: the data are gone through more than once\n"
            )
        )
        let kept = "its log-probabilities are kept in \(place.url.path)/cache/"
        let has = { (count: String) in ".reference, which has those of \(count)\n" }
        #expect(first.errors.contains(kept))
        #expect(first.errors.contains(has("0 answers")))
        // β, objective, rate and place change nothing of what the reference says.
        let other = place.url.appending(path: "other")
        let second = try await place.train(
            [data],
            ["--epochs", "2", "--beta", "0.5", "--loss", "ipo", "--learning-rate", "0.02"] + cache,
            output: other
        )
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.errors.contains(kept))
        #expect(second.errors.contains(has("20 answers")))
    }

    @Test("a damaged file is told and what is missing scored again")
    func damaged() async throws {
        let place = try Workplace()
        let data = try place.data()
        let cache = place.url.appending(path: "cache")
        let options = ["--reference", "cached", "--data-cache", cache.path]
        #expect(try await place.train([data], options).status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: cache.path)
        let name = try #require(names.first { $0.hasSuffix(".reference") })
        let file = cache.appending(path: name)
        try Data(contentsOf: file).dropLast(3).write(to: file)
        let result = try await place.train(
            [data],
            options,
            output: place.url.appending(path: "again")
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("was damaged: what is missing is computed again\n"))
        #expect(result.errors.contains("which has those of 19 answers\n"))
    }

    @Test("where nothing is gained by keeping, a copy or the adapter is taken, and why is said")
    func decided() async throws {
        let place = try Workplace()
        let data = try place.data()
        let once = try await place.train([data], "--max-steps", "1")
        #expect(once.errors.contains("reference copy: the data are gone through only once\n"))
        let adapter = try await place.train(
            [data],
            "--lora",
            "--max-steps",
            "1",
            output: place.url.appending(path: "adapter")
        )
        #expect(adapter.errors.contains("reference adapter-off: it needs no memory of its own\n"))
        let alone = try await place.train(
            [data],
            "--loss",
            "simpo",
            "--reference",
            "none",
            "--max-steps",
            "1",
            output: place.url.appending(path: "alone")
        )
        #expect(alone.status == 0, "\(alone.errors)")
        #expect(!alone.errorLines.contains { $0.hasPrefix("reference") })
    }

    @Test(
        "a reference that cannot be is told before anything is read",
        arguments: [
            (["--reference", "none"], "none"),
            (["--reference", "adapter-off"], "adapter-off without an adapter"),
            (
                ["--reference", "cached", "--sync-reference", "soft"],
                "cached with --sync-reference"
            ),
            (
                ["--reference", "cached", "--loss", "kto"],
                "cached with an objective that scores answers to other prompts"
            ),
            (
                ["--reference", "cached", "--data-cache", "none"], "cached with --data-cache none"
            ),
            (["--reference", "copy", "--loss", "simpo"], "copy"),
        ]
    )
    func refused(options: [String], found: String) async throws {
        let place = try Workplace()
        let result = try await place.train([place.url.appending(path: "missing.jsonl")], options)
        #expect(result.status == 64)
        #expect(result.errorLines.count == 1)
        #expect(result.errors.hasPrefix("penchant: error: --reference is \(found)"))
    }
}
