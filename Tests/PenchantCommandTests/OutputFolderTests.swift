import Foundation
import Testing

/// Where `penchant dpo` writes, and where it does not.
@Suite struct OutputFolderTests {
    @Test(
        "a folder that holds something is refused, and left as it is, unless --overwrite is given"
    )
    func taken() async throws {
        let place = try Workplace()
        let data = try place.data()
        #expect(try await place.train([data]).status == 0)
        let note = place.run.appending(path: "note.txt")
        try Data("mine".utf8).write(to: note)
        let before = try Data(contentsOf: place.weights)

        let refused = try await place.train([data], "--seed", "1")
        expectRefusal(refused, status: 64, saying: ["--output", place.run.path, "--overwrite"])
        #expect(try Data(contentsOf: place.weights) == before)

        let replaced = try await place.train([data], "--seed", "1", "--overwrite", "--epochs", "2")
        #expect(replaced.status == 0, "\(replaced.errors)")
        #expect(try Data(contentsOf: place.weights) != before)
        #expect(try place.metrics().count == 4)
        #expect(try Data(contentsOf: note) == Data("mine".utf8))
    }

    @Test("what a killed run left of its model goes with the next run")
    func partial() async throws {
        let place = try Workplace()
        let partial = place.run.appending(path: ".model.partial-1")
        try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
        #expect(try await place.train([place.data()], "--overwrite").status == 0)
        #expect(try place.runFiles == ["config.yaml", "metrics.jsonl", "model"])
    }

    @Test("an empty folder is taken, and folders on the way are made")
    func empty() async throws {
        let place = try Workplace()
        let data = try place.data()
        try FileManager.default.createDirectory(at: place.run, withIntermediateDirectories: true)
        #expect(try await place.train([data]).status == 0)
        let deep = place.url.appending(path: "a/b/c")
        #expect(try await place.train([data], output: deep).status == 0)
    }

    @Test("an input is never replaced, however its path is written")
    func inputs() async throws {
        let place = try Workplace()
        let manager = FileManager.default
        // A run folder with a model and data where a run would put its own.
        try manager.createDirectory(at: place.run, withIntermediateDirectories: true)
        try TinyModel().write(to: place.trained)
        let data = place.run.appending(path: "metrics.jsonl")
        try manager.copyItem(at: place.data(), to: data)
        let link = place.url.appending(path: "link")
        try manager.createSymbolicLink(at: link, withDestinationURL: place.trained)

        // The model folder itself; the model of the run, also by a link; data in a run's files.
        let cases: [(model: URL, data: URL, output: URL)] = [
            (place.model, try place.data(), place.model),
            (place.trained, try place.data(), place.run),
            (link, try place.data(), place.run),
            (place.model, data, place.run),
        ]
        for item in cases {
            let result = try await CommandRunner.run([
                "dpo", "--model", item.model.path, "--data", item.data.path, "--output",
                item.output.path, "--overwrite",
            ])
            expectRefusal(result, status: 64, saying: ["--output", "replace its input"])
        }
        #expect(manager.fileExists(atPath: place.trained.appending(path: "config.json").path))
        let configuration = place.model.appending(path: "config.json")
        #expect(try Data(contentsOf: configuration).count > 300)
        #expect(manager.fileExists(atPath: data.path))
    }

    @Test("a path that is a file, or goes through one, is refused")
    func file() async throws {
        let place = try Workplace()
        let data = try place.data()
        for (output, words) in [(data, "a file"), (data.appending(path: "run"), "below a file")] {
            let result = try await place.train([data], output: output)
            expectRefusal(result, status: 64, saying: ["--output", output.path, words])
        }
    }

    @Test(
        "a folder that cannot be written is told before anything is loaded",
        .enabled(if: geteuid() != 0, "the superuser can write everywhere")
    )
    func notWritable() async throws {
        let place = try Workplace()
        let closed = place.url.appending(path: "closed")
        let manager = FileManager.default
        try manager.createDirectory(
            at: closed,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o500]
        )
        for output in [closed, closed.appending(path: "run")] {
            let result = try await place.train([place.data()], output: output)
            expectRefusal(result, status: 65, saying: [closed.path, "Permission denied"])
        }
    }
}
