import Files
public import Foundation
import OrderedJSON
import Safetensors
import Torch

/// A model as a folder in Hugging Face's form: config.json, safetensors, tokenizer files.
public struct ModelFolder {
    /// Where it lies.
    public let url: URL

    private let configuration: ConfigurationReader
    private let architecture: any Architecture

    /// Reads the folder's config.json.
    ///
    /// - Throws: `FileError` or `JSONFileError` where it cannot be read, `ModelError` where it is
    ///   not of an architecture that is known.
    public init(_ url: URL) throws {
        self.url = url
        configuration = try ConfigurationReader(contentsOf: url.appending(path: "config.json"))
        architecture = try Architectures.read(configuration)
    }

    /// How many tokens the model knows.
    public var vocabularySize: Int { architecture.vocabularySize }

    /// Loads the model.
    ///
    /// - Throws: `ModelError`, `SafetensorsError` or `FileError` saying what is wrong with it.
    public func load(_ options: ParameterStore.Options = .init()) throws
        -> any CausalLanguageModel
    {
        try architecture.model(
            ParameterStore(SafetensorsCheckpoint(url), path: url.path, options: options)
        )
    }

    /// Files that belong to a model beside its weights and are copied as they are.
    private static let companions = [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model", "chat_template.jinja", "chat_template.json", "LICENSE",
    ]

    /// Saves a trained model of this folder's architecture as a new folder.
    ///
    /// Weights are written in the dtype of their masters, float32 for a trained model, so that
    /// small updates are not rounded away. The tokenizer's files come along.
    ///
    /// - Parameter destination: made where it is not there.
    public func save(_ model: any CausalLanguageModel, to destination: URL) throws {
        let manager = FileManager.default
        do {
            try manager.createDirectory(at: destination, withIntermediateDirectories: true)
        } catch {
            throw FileError("make", destination.path, reason: "the folder cannot be made")
        }
        for name in Self.companions {
            let source = url.appending(path: name)
            guard manager.fileExists(atPath: source.path) else { continue }
            let file = try AtomicFile(destination.appending(path: name))
            try withExtendedLifetime(MappedFile(source)) { try file.write($0.bytes) }
            try file.commit()
        }
        var masters: [String: Tensor] = [:]
        let entries = try model.parameters.map {
            masters[$0.name] = $0.master
            return try TensorEntry(
                name: $0.name,
                element: $0.master.dtype.element,
                shape: $0.master.shape
            )
        }
        try SafetensorsWriter.writeCheckpoint(to: destination, entries: entries) { entry, write in
            guard let master = masters[entry.name] else { return }
            try master.detached().to(on: .cpu).contiguous().withBytes(write)
        }
        try AtomicFile.write(
            savedConfiguration(model).indentedText,
            to: destination.appending(path: "config.json")
        )
    }

    /// The architecture's config.json with the dtype of the saved weights.
    private func savedConfiguration(_ model: any CausalLanguageModel) -> JSONValue {
        var object = architecture.saved(configuration.object, model)
        // transformers 5 writes "dtype", transformers 4 "torch_dtype"; where both are there, none
        // may keep the old value.
        let dtype = JSONValue.string(model.parameters.first?.master.dtype.rawValue ?? "float32")
        let keys = ["dtype", "torch_dtype"].filter { object[$0] != nil }
        for key in keys.isEmpty ? ["dtype"] : keys { object[key] = dtype }
        return .object(object)
    }
}
