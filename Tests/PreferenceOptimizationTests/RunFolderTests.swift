import Files
import Foundation
import LanguageModels
import Objectives
import PreferenceOptimization
import TestSupport
import Testing

@Suite struct RunFolderTests {
    let folder: TemporaryFolder
    var place: URL { folder.url.appending(path: "run") }

    init() throws { folder = try TemporaryFolder() }

    @Test("a run leaves its settings, its numbers and a model that loads")
    func wholeRun() throws {
        let run = try RunFolder(place, overwriting: false, inputs: [])
        #expect(!FileManager.default.fileExists(atPath: place.path))
        let configuration = "loss: sigmoid,sft\nbeta: 0.3\n"
        _ = try run.begin(configuration: configuration)
        let source = try ModelFolder(Fixtures.llama("llama-tiny"))
        let model = try source.load()
        try run.save(model, from: source)
        #expect(try String(contentsOf: run.configuration, encoding: .utf8) == configuration)
        #expect(try ModelFolder(run.model).load().bits() == model.bits())
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
        #expect(Set(names) == ["config.yaml", "metrics.jsonl", "model"])
    }

    @Test("a place that holds files is refused unless it may be overwritten, then cleared")
    func overwriting() throws {
        let run = try RunFolder(place, overwriting: false, inputs: [])
        _ = try run.begin(configuration: "seed: 42\n")
        _ = try folder.write("run/model", "old")
        _ = try folder.write("run/mine.txt", "kept")
        #expect(throws: SettingError.self) {
            try RunFolder(place, overwriting: false, inputs: [])
        }
        _ = try RunFolder(place, overwriting: true, inputs: []).begin(configuration: "seed: 42\n")
        #expect(!FileManager.default.fileExists(atPath: run.model.path))
        #expect(FileManager.default.fileExists(atPath: place.appending(path: "mine.txt").path))
        let file = try folder.write("file", "")
        #expect(throws: SettingError.self) { try RunFolder(file, overwriting: true, inputs: []) }
    }

    @Test(
        "a run does not replace what it reads",
        arguments: ["run", "run/model", "run/model/inner", "run/metrics.jsonl", "run/config.yaml"]
    )
    func inputs(input: String) throws {
        let run = try RunFolder(place, overwriting: false, inputs: [])
        _ = try run.begin(configuration: "seed: 42\n")
        for path in ["model/inner", "model-2"] {
            try FileManager.default.createDirectory(
                at: place.appending(path: path),
                withIntermediateDirectories: true
            )
        }
        let rows = try folder.write("run/rows.jsonl", "")
        let error = try #require(throws: SettingError.self) {
            try RunFolder(
                place,
                overwriting: true,
                inputs: [folder.url, folder.url.appending(path: input)]
            )
        }
        #expect(error.name == "output")
        // What lies beside is left alone.
        let beside = [folder.url, place.appending(path: "model-2"), rows]
        _ = try RunFolder(place, overwriting: true, inputs: beside)
    }
}
