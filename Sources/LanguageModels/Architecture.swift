/// An architecture with what config.json says of it.
///
/// A further architecture is a file with its configuration and model, and a case here.
enum Architecture {
    case llama(LlamaConfiguration)

    /// The values of `model_type` that are known.
    static let knownTypes = ["llama"]

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` where the architecture is not known or a key cannot be used.
    init(_ file: ConfigurationReader) throws {
        try file.require(
            "quantization_config",
            file.value("quantization_config") == nil,
            "quantized weights cannot be trained; use the model they were made from"
        )
        let type = try file.string("model_type") ?? "missing"
        switch type {
        case "llama": self = .llama(try LlamaConfiguration(file))
        default:
            throw ModelError(
                path: file.path,
                .unknownArchitecture(found: type, known: Self.knownTypes)
            )
        }
    }

    var vocabularySize: Int {
        switch self {
        case .llama(let configuration): configuration.vocabularySize
        }
    }

    /// Takes the weights of the model out of a store.
    func model(_ store: ParameterStore) throws -> any CausalLanguageModel {
        switch self {
        case .llama(let configuration): try Llama(store, configuration)
        }
    }
}
