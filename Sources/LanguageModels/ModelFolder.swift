import Files
public import Foundation
import OrderedJSON
import PyTorchFiles
import Safetensors
import Torch

/// A model as a folder in Hugging Face's form: config.json, weights, tokenizer files.
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
    /// - Throws: `ModelError`, `SafetensorsError`, `PyTorchFileError` or `FileError` saying what is
    ///   wrong with it.
    public func load(_ options: ParameterStore.Options = .init()) throws
        -> any CausalLanguageModel
    {
        try architecture.model(
            ParameterStore(ModelWeights.open(url), path: url.path, options: options)
        )
    }

    /// Files that belong to a model beside its weights and are copied as they are.
    private static let companions = [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model", "chat_template.jinja", "chat_template.json", "LICENSE",
    ]

    /// Makes a folder where it is not there.
    static func make(_ folder: URL) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw FileError("make", folder.path, reason: "the folder cannot be made")
        }
    }

    /// Copies the files that belong to a model beside its weights.
    static func copyCompanions(from source: URL, to destination: URL) throws {
        for name in companions {
            let source = source.appending(path: name)
            guard FileManager.default.fileExists(atPath: source.path) else { continue }
            let file = try AtomicFile(destination.appending(path: name))
            try withExtendedLifetime(MappedFile(source)) { try file.write($0.bytes) }
            try file.commit()
        }
    }

    /// Saves a trained model of this folder's architecture as a new folder.
    ///
    /// Weights are written in the dtype of their masters, float32 for a trained model, so that
    /// small updates are not rounded away. The tokenizer's files come along.
    ///
    /// - Parameter destination: made where it is not there.
    public func save(_ model: any CausalLanguageModel, to destination: URL) throws {
        try Self.make(destination)
        try Self.copyCompanions(from: url, to: destination)
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
        let dtype = model.parameters.first?.master.dtype ?? .float32
        return .object(
            architecture.saved(configuration.object, model).settingDType(dtype.rawValue)
        )
    }
}

extension JSONObject {
    /// A config.json with another dtype of the weights.
    func settingDType(_ name: String) -> JSONObject {
        var object = self
        // transformers 5 writes "dtype", transformers 4 "torch_dtype"; where both are there, none
        // may keep the old value.
        let keys = ["dtype", "torch_dtype"].filter { object[$0] != nil }
        for key in keys.isEmpty ? ["dtype"] : keys { object[key] = .string(name) }
        return object
    }
}
