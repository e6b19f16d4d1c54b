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

    let configuration: ConfigurationReader
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
    /// - Parameter adapter: what is trained in place of its weights.
    /// - Throws: `ModelError`, `SafetensorsError`, `PyTorchFileError` or `FileError` saying what is
    ///   wrong with it.
    public func load(
        _ options: ParameterStore.Options = .init(),
        adapter: AdapterSource? = nil
    ) throws -> any CausalLanguageModel {
        try load(options, adapter: adapter, check: NumberCheck(url))
    }

    /// Loads the model.
    ///
    /// - Parameter check: of this folder's numbers, which may have begun before.
    package func load(
        _ options: ParameterStore.Options,
        adapter: AdapterSource? = nil,
        check: NumberCheck
    ) throws -> any CausalLanguageModel {
        let adapter = try adapter.map { try ModelAdapter($0, base: url.path, options) }
        do {
            let store = ParameterStore(
                try ModelWeights.open(url),
                path: url.path,
                options: options,
                adapter: adapter,
                check: check
            )
            // A new adapter with lengths of rows takes them from the weights.
            store.fillsLater = adapter?.configuration.usesDoRA != true
            return try architecture.model(store)
        } catch let error as ModelError {
            // A shape in the adapter's file is found wrong while the model is built.
            throw adapter?.fitting(error) ?? error
        }
    }

    /// What the model is made of, without loading it.
    ///
    /// - Parameters:
    ///   - trainedNames: the names of weights that are trained, where not all are.
    ///   - adapter: what is trained in place of its weights.
    /// - Throws: `ModelError` where the configuration asks for what cannot be made, or the adapter
    ///   is not for it.
    package func outline(
        trainedNames: NamePattern? = nil,
        adapter: AdapterSource? = nil
    ) throws -> ModelOutline {
        let adapter = try adapter.map {
            try ModelAdapter($0, base: url.path, ParameterStore.Options(), isRecording: true)
        }
        let store = ParameterStore(recordingFor: url.path, adapter: adapter)
        do {
            return ModelOutline(try architecture.model(store), store, trainedNames)
        } catch let error as ModelError {
            throw adapter?.fitting(error) ?? error
        }
    }

    /// Reads what the files of the weights say of their tensors.
    ///
    /// - Throws: an `InputError` where they are missing, cut short or of no known form: told before
    ///   anything that takes long.
    package func checkFiles() throws { _ = try ModelWeights.open(url) }

    /// Files that belong to a model beside its weights and are copied as they are.
    private static let companions = [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model", "chat_template.jinja", "chat_template.json", "LICENSE",
    ]

    /// Makes a folder where it is not there.
    package static func make(_ folder: URL) throws {
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
        try save(model, to: destination, dtype: nil, numbers: \.master)
    }

    /// - Parameters:
    ///   - dtype: of all weights; their masters' where nil.
    ///   - numbers: what is written of a weight, in any dtype.
    func save(
        _ model: any CausalLanguageModel,
        to destination: URL,
        dtype: DType?,
        numbers: (Parameter) throws -> Tensor
    ) throws {
        try Self.make(destination)
        try Self.copyCompanions(from: url, to: destination)
        var parameters: [String: Parameter] = [:]
        let entries = try model.parameters.map {
            parameters[$0.name] = $0
            return try TensorEntry(
                name: $0.name,
                element: (dtype ?? $0.master.dtype).element,
                shape: $0.master.shape
            )
        }
        try SafetensorsWriter.writeCheckpoint(to: destination, entries: entries) { entry, write in
            guard let parameter = parameters[entry.name] else { return }
            let dtype = dtype ?? parameter.master.dtype
            let tensor = try numbers(parameter).detached().to(dtype, on: .cpu).contiguous()
            try tensor.withBytes { bytes in
                guard entry.element.nonFiniteCount(bytes) == 0 else {
                    throw ModelError(
                        path: url.path,
                        .tooLarge(name: entry.name, dtype: dtype.rawValue)
                    )
                }
                try write(bytes)
            }
            parameter.master.releasePages()
        }
        // Where some weights are trained and others as they were, the finest holds all.
        let dtypes = model.parameters.map(\.master.dtype)
        let finest = dtypes.max { $0.byteCount < $1.byteCount }
        let configuration = architecture.saved(configuration.object, model)
            .settingDType((dtype ?? finest ?? .float32).rawValue)
        try AtomicFile.write(
            JSONValue.object(configuration).indentedText,
            to: destination.appending(path: "config.json")
        )
    }

    /// Writes a folder beside its place and then puts it there, whole or not at all.
    ///
    /// - Parameters:
    ///   - destination: a folder that is empty or not there.
    ///   - body: fills the folder it is given, which is not there yet.
    package static func writeWhole(_ destination: URL, _ body: (URL) throws -> Void) throws {
        let destination = destination.standardizedFileURL
        let partial = destination.deletingLastPathComponent()
            .appending(path: "\(partialPrefix(destination))\(getpid())")
        let manager = FileManager.default
        try? manager.removeItem(at: partial)
        do {
            try body(partial)
            AtomicFile.syncFolder(partial)
            FaultPoint.reach()
            guard rename(partial.path, destination.path) == 0 else {
                throw FileError.system("rename", destination.path)
            }
            FaultPoint.reach()
            AtomicFile.syncFolder(destination.deletingLastPathComponent())
        } catch {
            try? manager.removeItem(at: partial)
            throw error
        }
    }

    /// How the names of folders begin that are to be put in a place.
    package static func partialPrefix(_ destination: URL) -> String {
        ".\(destination.lastPathComponent).partial-"
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
