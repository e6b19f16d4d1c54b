import Foundation
import OrderedJSON
import Testing

/// `penchant init`.
@Suite struct InitTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private func initialize(vocabularySize: Int? = nil, _ more: String...) async throws
        -> CommandResult
    {
        var configuration = TinyModel().configuration
        if let vocabularySize { configuration["vocab_size"] = .integer(vocabularySize) }
        let file = try place.write("new.json", Array(JSONValue.object(configuration).text.utf8))
        return try await CommandRunner.run(
            [
                "init", "--config", file.path, "--tokenizer", place.model.path, "--output",
                place.run.path,
            ] + more
        )
    }

    @Test("a new model has its tokenizer beside it, is scored, and follows from the seed")
    func succeeds() async throws {
        let result = try await initialize()
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            try place.runFiles == [
                "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
            ]
        )
        let weights = place.run.appending(path: "model.safetensors")
        let bytes = try Data(contentsOf: weights)
        let scores = try await place.score([place.data()], model: place.run)
        #expect(scores.status == 0, "\(scores.errors)")
        try FileManager.default.removeItem(at: place.run)
        #expect(try await initialize("--seed", "7").status == 0)
        #expect(try Data(contentsOf: weights) != bytes)
    }

    @Test("a vocabulary smaller than the tokenizer's is refused, and nothing is written")
    func smallVocabulary() async throws {
        let size = TinyTokenizer.vocabularySize
        expectRefusal(
            try await initialize(vocabularySize: size - 1),
            status: 64,
            saying: ["--config", "a vocabulary of \(size - 1)", "at least \(size)"]
        )
        #expect(!FileManager.default.fileExists(atPath: place.run.path))
    }

    @Test("a folder that holds files is refused")
    func takenFolder() async throws {
        #expect(try await initialize().status == 0)
        expectRefusal(try await initialize(), status: 64, saying: ["--output", "holds files"])
    }

    @Test("a config.json that is not there is refused")
    func missing() async throws {
        expectRefusal(
            try await CommandRunner.run([
                "init", "--config", "nowhere.json", "--tokenizer", place.model.path, "--output",
                place.run.path,
            ]),
            status: 65,
            saying: ["nowhere.json", "No such file"]
        )
    }
}
