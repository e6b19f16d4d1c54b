import Files
public import Foundation
import OrderedJSON
import RandomNumbers
public import Safetensors
import Torch

/// A model that is made of its config.json alone, with random weights.
///
/// Weights are transformers' `_init_weights`, by numbers of our own: each tensor's follow from the
/// seed and its name, and are the same on every machine.
public struct NewModel {
    /// The weights, in the order of the file.
    public let parameters: [ParameterRequest]
    /// How many tokens the model knows.
    public let vocabularySize: Int

    private let configuration: JSONObject
    /// The deviation of normal weights (`initializer_range`); 0.02 by default.
    private let deviation: Double
    /// The row of the embedding that is zeros (`pad_token_id`).
    private let paddingRow: Int?

    /// Reads a configuration.
    ///
    /// - Throws: `FileError` or `JSONFileError` where it cannot be read, `ModelError` where it is
    ///   not of an architecture that is known or asks for what cannot be made.
    public init(configuration url: URL) throws {
        let file = try ConfigurationReader(contentsOf: url)
        let architecture = try Architectures.read(file)
        let store = ParameterStore(recordingFor: url.path)
        let model = try architecture.model(store)
        parameters = store.requests
        vocabularySize = architecture.vocabularySize
        // As it will stand in the folder: a text model's keys are at the top then.
        configuration = architecture.saved(file.object, model)
        let saved = ConfigurationReader(path: url.path, object: configuration)
        let range = try saved.number("initializer_range", default: 0.02)
        deviation = range == 0 ? 0.02 : range
        paddingRow = try architecture.paddingToken(saved)
        try saved.require(
            "pad_token_id",
            paddingRow.map { $0 < architecture.vocabularySize } ?? true,
            "it must lie within the vocabulary of \(vocabularySize)"
        )
    }

    /// Writes the model's folder: it is there whole when this returns, or not at all.
    ///
    /// No more than a part of one tensor is held in memory.
    ///
    /// - Parameters:
    ///   - destination: a folder that is empty or not there.
    ///   - tokenizer: the folder whose tokenizer files come along.
    ///   - element: the type of the weights, floating-point.
    public func write(
        to destination: URL,
        tokenizer: URL,
        seed: UInt64,
        element: TensorElement
    ) throws {
        let entries = try parameters.map {
            try TensorEntry(name: $0.name, element: element, shape: $0.shape)
        }
        let requests = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
        try ModelFolder.writeWhole(destination) { folder in
            try ModelFolder.make(folder)
            try ModelFolder.copyCompanions(from: tokenizer, to: folder)
            let dtype = DType(element).rawValue
            try AtomicFile.write(
                JSONValue.object(configuration.settingDType(dtype)).indentedText,
                to: folder.appending(path: "config.json")
            )
            try SafetensorsWriter.writeCheckpoint(to: folder, entries: entries) { entry, write in
                guard let request = requests[entry.name] else { return }
                try fill(request, entry, seed: seed, write: write)
            }
        }
    }

    /// Hands over a tensor's numbers, part by part.
    private func fill(
        _ request: ParameterRequest,
        _ entry: TensorEntry,
        seed: UInt64,
        write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var normal = NormalNumbers(seed: seed, name: request.name)
        let rowSize = request.shape.last ?? 1
        func number(_ index: Int) -> Float {
            switch request.initialization {
            case .zeros: return 0
            case .ones: return 1
            case .normal(let scale): return Float(normal.next() * deviation * scale)
            case .embedding:
                let number = Float(normal.next() * deviation)
                return index / rowSize == paddingRow ? 0 : number
            }
        }
        // Small enough for a processor's cache.
        let most = 1 << 15
        var floats: [Float] = []
        var bytes = [UInt8](repeating: 0, count: most * entry.element.byteCount)
        for start in stride(from: 0, to: entry.elementCount, by: most) {
            floats.removeAll(keepingCapacity: true)
            for index in start..<min(start + most, entry.elementCount) {
                floats.append(number(index))
            }
            try bytes.withUnsafeMutableBytes { memory in
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: memory[..<(floats.count * entry.element.byteCount)]
                )
                floats.withUnsafeBufferPointer { entry.element.encode($0, into: part) }
                try write(UnsafeRawBufferPointer(part))
            }
        }
    }
}
