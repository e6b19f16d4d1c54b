import Foundation
import Testing

/// Standard streams that are closed, full, or not read.
@Suite struct StreamTests {
    @Test("a finished run is kept where nobody reads standard output any more")
    func brokenPipe() async throws {
        let place = try Workplace()
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let result = try await CommandRunner.run(
            [
                "dpo", "--model", place.model.path, "--data", place.data().path, "--output",
                place.run.path, "--max-steps", "1",
            ],
            output: pipe.fileHandleForWriting
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.runFiles == ["config.yaml", "metrics.jsonl", "model"])
    }

    @Test("help that nobody reads is no error")
    func brokenPipeOfHelp() async throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let result = try await CommandRunner.run(
            ["help", "dpo"],
            output: pipe.fileHandleForWriting
        )
        #expect(result.status == 0)
        #expect(result.errors == "")
    }

    @Test(
        "closed streams do not let messages into the run's files",
        arguments: ["1>&-", "2>&-", "0<&- 1>&- 2>&-"]
    )
    func closed(redirection: String) async throws {
        let place = try Workplace()
        let result = try await CommandRunner.run(
            [
                "dpo", "--model", place.model.path, "--data", place.data().path, "--output",
                place.run.path, "--max-steps", "2",
            ],
            redirection: redirection
        )
        #expect(result.status == 0, "\(result.errors)")
        let metrics = try Data(contentsOf: place.run.appending(path: "metrics.jsonl"))
        #expect(metrics.split(separator: 0x0A).allSatisfy { $0.starts(with: #"{"step":"#.utf8) })
        #expect(try place.metrics().count == 2)
        let scored = try await place.score([place.data()], model: place.trained)
        #expect(scored.status == 0, "\(scored.errors)")
    }

    @Test(
        "results that standard output has no room for are an error",
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full")
    )
    func full() async throws {
        let place = try Workplace()
        let result = try await CommandRunner.run(
            ["score", "--model", place.model.path, "--data", place.data().path],
            redirection: "> /dev/full"
        )
        expectRefusal(result, status: 65, saying: ["standard output", "No space left"])
    }
}
