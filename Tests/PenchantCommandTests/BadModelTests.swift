import Foundation
import OrderedJSON
import Testing

/// A model folder that cannot be used, and what is said of it.
struct BadModel: Sendable, CustomTestStringConvertible {
    let name: String
    /// In the error line.
    let words: [String]
    /// Changes the model before it is written.
    var change: @Sendable (inout TinyModel) -> Void = { _ in }
    /// Changes the folder afterwards.
    var damage: @Sendable (URL) throws -> Void = { _ in }

    var testDescription: String { name }

    static let all: [BadModel] = configurations + weights + tokenizers

    private static let configurations: [BadModel] = [
        BadModel(
            name: "config.json is not JSON",
            words: ["config.json", "line 1, column"],
            damage: { try Data("{\"a\": ".utf8).write(to: $0.appending(path: "config.json")) }
        ),
        BadModel(
            name: "config.json is missing",
            words: ["config.json", "No such file"],
            damage: { try FileManager.default.removeItem(at: $0.appending(path: "config.json")) }
        ),
        BadModel(
            name: "unknown architecture",
            words: ["config.json", "model_type", "nonsense", "llama"],
            change: { $0.configuration["model_type"] = "nonsense" }
        ),
        BadModel(
            name: "missing key",
            words: ["config.json", "hidden_size", "missing"],
            change: { $0.configuration["hidden_size"] = nil }
        ),
        BadModel(
            name: "hostile model_type",
            words: ["config.json", #"a\nb"#],
            change: { $0.configuration["model_type"] = "a\nb\u{1B}[2J" }
        ),
    ]

    private static let weights: [BadModel] = [
        BadModel(
            name: "truncated weights",
            words: ["model.safetensors", "cut short"],
            damage: { folder in
                let file = folder.appending(path: "model.safetensors")
                try Data(contentsOf: file).dropLast(1000).write(to: file)
            }
        ),
        BadModel(
            name: "weights of no byte",
            words: ["model.safetensors", "not a safetensors file"],
            damage: { try Data().write(to: $0.appending(path: "model.safetensors")) }
        ),
        BadModel(
            name: "no weights",
            words: ["tiny", "neither model.safetensors nor"],
            damage: { folder in
                try FileManager.default.removeItem(at: folder.appending(path: "model.safetensors"))
            }
        ),
        BadModel(
            name: "missing tensor",
            words: ["tiny", "missing", "model.norm.weight"],
            change: { $0.weights.removeAll { $0.name == "model.norm.weight" } }
        ),
        BadModel(
            name: "extra tensor",
            words: ["tiny", "does not use", "extra.weight"],
            change: {
                $0.weights.append(TinyModel.Weight(name: "extra.weight", shape: [1], values: [1]))
            }
        ),
        BadModel(
            name: "wrong shape",
            words: ["tiny", "model.norm.weight", "[8]", "[16]"],
            change: {
                let index = $0.weights.firstIndex { $0.name == "model.norm.weight" } ?? 0
                $0.weights[index].shape = [8]
                $0.weights[index].values = Array($0.weights[index].values.prefix(8))
            }
        ),
    ]

    private static let tokenizers: [BadModel] = [
        BadModel(
            name: "tokenizer.json is missing",
            words: ["tokenizer.json", "No such file"],
            damage: { try FileManager.default.removeItem(at: $0.appending(path: "tokenizer.json")) }
        ),
        BadModel(
            name: "tokenizer.json is cut",
            words: ["tokenizer.json", "line"],
            damage: { folder in
                let file = folder.appending(path: "tokenizer.json")
                try Data(contentsOf: file).dropLast(100).write(to: file)
            }
        ),
        BadModel(
            name: "tokenizer.json has no model",
            words: ["tokenizer.json", "model", "missing"],
            change: { $0.tokenizer = ["version": "1.0"] }
        ),
        BadModel(
            name: "the end token is no string",
            words: ["tokenizer_config.json", "eos_token"],
            change: { $0.tokenizerConfiguration = ["eos_token": 5] }
        ),
        BadModel(
            // The end token, the tokenizer's last, is the first id that the model does not have.
            name: "the tokenizer has more tokens than the model",
            words: ["data.jsonl:1", "token id 267", "0 to 266"],
            change: { $0 = TinyModel(vocabularySize: TinyTokenizer.vocabularySize - 1) }
        ),
    ]
}

/// Model folders that cannot be used: status 65, one line, nothing written.
@Suite struct BadModelTests {
    @Test("a bad model is told by file and key", arguments: BadModel.all)
    func badModel(_ model: BadModel) async throws {
        var tiny = TinyModel()
        model.change(&tiny)
        let place = try Workplace(tiny)
        try model.damage(place.model)
        let result = try await place.train([place.data()])
        expectRefusal(result, status: 65, saying: model.words)
        #expect(!place.runExists)
    }

    @Test("a model that is not there, or is a file, is told as such")
    func missing() async throws {
        let place = try Workplace()
        let data = try place.data()
        let none = place.url.appending(path: "none")
        for (model, words) in [(none, "there is no such folder"), (data, "it is a file")] {
            let scored = try await place.score([data], model: model)
            expectRefusal(scored, status: 65, saying: [model.path, words])
            let compared = try await place.score([data], "--reference", model.path)
            expectRefusal(compared, status: 65, saying: [model.path, words])
        }
    }
}
