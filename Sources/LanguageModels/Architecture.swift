import OrderedJSON

/// An architecture with what config.json says of it.
///
/// A further architecture is a file with a type that conforms, and a line in `Architectures`.
protocol Architecture: Sendable {
    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` naming the key that is missing or cannot be used.
    init(_ file: ConfigurationReader) throws

    /// How many tokens the model knows.
    var vocabularySize: Int { get }

    /// Takes the weights of the model out of a store.
    func model(_ store: ParameterStore) throws -> any CausalLanguageModel

    /// The configuration that a saved model gets, but for its dtype.
    ///
    /// - Parameter configuration: the one that was read.
    func saved(_ configuration: JSONObject, _ model: any CausalLanguageModel) -> JSONObject
}

extension Architecture {
    /// As it was.
    func saved(_ configuration: JSONObject, _ model: any CausalLanguageModel) -> JSONObject {
        configuration
    }
}

/// The architectures that are known, by the `model_type` of config.json.
enum Architectures {
    private static let all: KeyValuePairs<String, any Architecture.Type> = [
        "gpt2": GPT2.self, "llama": Llama.self, "mistral": Mistral.self, "qwen2": Qwen2.self,
        "qwen3": Qwen3.self, "phi3": Phi3.self, "olmo2": OLMo2.self, "gemma2": Gemma2.self,
        "gemma3_text": Gemma3.self, "minimind": MiniMind.self, "vermind": MiniMind.self,
    ]

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` where the architecture is not known or a key cannot be used.
    static func read(_ file: ConfigurationReader) throws -> any Architecture {
        try file.require(
            "quantization_config",
            file.value("quantization_config") == nil,
            "quantized weights cannot be trained; use the model they were made from"
        )
        let type = try file.string("model_type") ?? "missing"
        guard let architecture = all.first(where: { $0.key == type })?.value else {
            throw ModelError(
                path: file.path,
                .unknownArchitecture(found: type, known: all.map(\.key))
            )
        }
        return try architecture.init(file)
    }
}
