import Foundation
import OrderedJSON
import Testing

/// Prepared data that are kept, `penchant data cache` and `penchant data stats`.
@Suite struct DataCacheCommandTests {
    private func stats(
        _ place: Workplace,
        _ data: [URL],
        _ more: String...
    ) async throws -> CommandResult {
        try await CommandRunner.run(
            ["data", "stats", "--model", place.model.path] + data.flatMap { ["--data", $0.path] }
                + more,
            environment: ["PENCHANT_CACHE": place.url.appending(path: "cache").path]
        )
    }

    private func kept(_ place: Workplace) -> [String] {
        let folder = place.url.appending(path: "cache/data")
        return (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    }

    @Test("what one command prepared the next one takes, and says so")
    func keptForTheNext() async throws {
        let place = try Workplace()
        let data = [try place.data()]
        let first = try await stats(place, data)
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors.contains("data: prepared in "))
        #expect(first.errors.contains("kept in \(place.url.path)/cache/data/"))
        let second = try await stats(place, data)
        #expect(second.errors.contains("data: taken from \(place.url.path)/cache/data/"))
        #expect(second.output == first.output)
        #expect(kept(place).count == 1)

        let folder = place.url.appending(path: "cache/data").path
        let trained = try await place.train(data, "--data-cache", folder, "--max-length", "1024")
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.errors.contains("data: taken from \(folder)/"))
        // β and the place of the output do not matter to data.
        let again = try await place.train(
            data,
            "--data-cache",
            folder,
            "--max-length",
            "1024",
            "--beta",
            "0.3",
            output: place.url.appending(path: "other")
        )
        #expect(again.errors.contains("data: taken from \(folder)/"))
        #expect(kept(place).count == 1)
    }

    @Test("with none nothing is kept")
    func none() async throws {
        let place = try Workplace()
        let result = try await stats(place, [place.data()], "--data-cache", "none")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains(", not kept"))
        #expect(kept(place).isEmpty)
    }

    @Test("what is kept is listed, and can be removed")
    func listAndClear() async throws {
        let place = try Workplace()
        _ = try await stats(place, [place.data()])
        let folder = place.url.appending(path: "cache/data").path
        let list = try await CommandRunner.run(["data", "cache", "--data-cache", folder])
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.outputLines.count == 2)
        #expect(list.outputLines.first?.hasSuffix(".preferences") == true)
        #expect(list.outputLines.last?.hasPrefix("1 file, ") == true)
        let clear = try await CommandRunner.run(
            ["data", "cache", "--clear", "--data-cache", folder]
        )
        #expect(clear.output.hasPrefix("removed 1 file, "))
        #expect(kept(place).isEmpty)
    }

    @Test("a preparation that is killed leaves nothing that a later run would take")
    func killed() async throws {
        let place = try Workplace()
        // Enough rows that it is killed at its work.
        let rows = (0..<30_000).map { number in
            let word = String(repeating: "word \(number) ", count: 20)
            return #"{"prompt": "\#(word)", "chosen": " yes \#(number)", "rejected": " no"}"#
        }
        let data = try place.data(rows)
        let process = Process()
        process.executableURL = CommandRunner.executable
        process.arguments = ["data", "stats", "--model", place.model.path, "--data", data.path]
        process.environment = ProcessInfo.processInfo.environment
            .merging(["PENCHANT_CACHE": place.url.appending(path: "cache").path]) { $1 }
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        while kept(place).isEmpty, process.isRunning {
            // Not by a task's sleep, which other tests may make long.
            usleep(2000)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try #require(process.terminationReason == .uncaughtSignal)
        let left = kept(place)
        #expect(left.count == 1)
        #expect(left.allSatisfy { $0.hasPrefix(".") && $0.contains(".partial-") })

        let partial = place.url.appending(path: "cache/data/\(left.first ?? "")").path
        func setAge(seconds: Double) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -seconds)],
                ofItemAtPath: partial
            )
        }
        let small = [try place.data(name: "small.jsonl")]
        // However slow the machine is: it may be another program's that has just begun.
        try setAge(seconds: -3600)
        #expect(try await stats(place, small).errors.contains("data: prepared in "))
        // After a while it is removed too.
        try setAge(seconds: 3600)
        #expect(try await stats(place, small, "--max-length", "99").status == 0)
        #expect(kept(place).count == 2)
        #expect(kept(place).allSatisfy { $0.hasSuffix(".preferences") })
    }

    @Test("statistics are a table, or JSON")
    func statistics() async throws {
        let place = try Workplace()
        let data = [try place.data(Rows.tokens + Rows.tokens)]
        let table = try await stats(place, data)
        #expect(table.status == 0, "\(table.errors)")
        #expect(table.output.contains("rows          8 read, 8 kept, 2 answers each"))
        #expect(table.output.contains("4 distinct; rows with the same prompt: 2.000 on average"))
        let result = try await stats(place, data, "--json")
        let json = try #require(JSONValue(parsing: result.output).object)
        #expect(json["rows"]?.integer == 8)
        // Prompts of 3 tokens, answers of 2 and 3.
        #expect(json["tokens"]?["chosen"]?["max"]?.integer == 2)
        #expect(json["tokens"]?["sequence"]?["max"]?.integer == 6)
        #expect(json["tokens"]?["length_difference"]?["mean"]?.double == -1)
        #expect(json["scored_tokens"]?.integer == 40)
        // 5 rows of the prompt with the shared token, of which the last scored is no input:
        // 4 rows of chosen; rejected shares 4 of its 5.
        #expect(json["model_tokens"]?["shared"]?.integer == 8 * 5)
        #expect(json["model_tokens"]?["alone"]?.integer == 8 * 9)
        #expect(json["model_tokens"]?["padded"]?.integer == 8 * 2 * 6)
    }
}
