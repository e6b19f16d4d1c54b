import Files
public import Foundation
import OrderedJSON
import PyTorchFiles
public import Safetensors
import Torch

/// A model written anew as a folder, in another format, dtype or number of files.
///
/// Its architecture need not be known: tensors are copied by name.
public struct ModelConversion {
    /// The format of the weights.
    public enum Format: String, Sendable, CaseIterable {
        case safetensors
        case pytorch
    }

    /// What is to be written.
    public struct Settings: Sendable, Equatable {
        /// The format of the weights.
        public var format: Format
        /// The type of floating-point weights; each one's own where it is nil.
        public var dtype: TensorElement?
        /// Bytes of tensors in a file; a larger tensor gets its own.
        public var maximumShardByteCount: Int

        /// Makes settings.
        public init(
            format: Format = .safetensors,
            dtype: TensorElement? = nil,
            maximumShardByteCount: Int = 50_000_000_000
        ) {
            self.format = format
            self.dtype = dtype
            self.maximumShardByteCount = maximumShardByteCount
        }
    }

    /// The head that is left out, as transformers does, with the embedding whose very numbers it
    /// is: where PyTorch's file says so and config.json ties them.
    public let tiedHead: (name: String, embedding: String)?

    private let weights: any TensorCheckpoint
    private let path: String
    private let configuration: JSONObject
    private let companions: [URL]

    /// Opens a model.
    ///
    /// - Parameters:
    ///   - model: a folder, or a file of weights.
    ///   - key: where the weights lie in a file of PyTorch (see `PyTorchCheckpoint`).
    ///   - configuration: its config.json.
    ///   - companions: folders whose tokenizer and other files come along.
    /// - Throws: an `InputError` saying what is wrong with it.
    public init(_ model: URL, key: String?, configuration: URL, companions: [URL]) throws {
        path = model.path
        self.configuration = try ConfigurationReader(contentsOf: configuration).object
        weights = try ModelWeights.open(model, key: key)
        self.companions = companions
        guard self.configuration["tie_word_embeddings"] == true,
            let shared = (weights as? PyTorchCheckpoint)?.tied
        else {
            tiedHead = nil
            return
        }
        // Either may come first. Whatever else shares numbers is not what the key is about.
        let head = "lm_head.weight"
        tiedHead = (shared[head] ?? shared.first { $0.value == head }?.key).map { (head, $0) }
    }

    /// Writes the folder: it is there whole when this returns, or not at all.
    ///
    /// No more than a part of one tensor is held in memory beside the mapped files.
    /// - Parameter destination: a folder that is empty or not there.
    public func write(to destination: URL, _ settings: Settings) throws {
        try ModelFolder.writeWhole(destination) { partial in
            try ModelFolder.make(partial)
            for folder in companions { try ModelFolder.copyCompanions(from: folder, to: partial) }
            let dtype = settings.dtype.map { DType($0).rawValue }
            let configuration = dtype.map(configuration.settingDType) ?? configuration
            try AtomicFile.write(
                JSONValue.object(configuration).indentedText,
                to: partial.appending(path: "config.json")
            )
            try writeWeights(to: partial, settings)
        }
    }

    private func writeWeights(to folder: URL, _ settings: Settings) throws {
        let entries = try weights.entries.filter { $0.name != tiedHead?.name }.map { entry in
            guard let element = settings.dtype, entry.element.isFloatingPoint else { return entry }
            return try TensorEntry(name: entry.name, element: element, shape: entry.shape)
        }
        switch settings.format {
        case .safetensors:
            try SafetensorsWriter.writeCheckpoint(
                to: folder,
                entries: entries,
                maximumShardByteCount: settings.maximumShardByteCount,
                bytes: convert
            )
        case .pytorch:
            try PyTorchWriter.writeCheckpoint(
                to: folder,
                entries: entries,
                maximumShardByteCount: settings.maximumShardByteCount,
                bytes: convert
            )
        }
    }

    /// Hands over a tensor's bytes in the type of its new entry, part by part.
    private func convert(
        _ entry: TensorEntry,
        write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard let source = weights.entry(named: entry.name)?.element else { return }
        try weights.withBytes(of: entry.name) { bytes in
            guard source != entry.element else { return try write(bytes) }
            // Small enough for a processor's cache.
            let most = 1 << 15
            let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: most)
            defer { floats.deallocate() }
            let memory = UnsafeMutableRawBufferPointer.allocate(
                byteCount: most * entry.element.byteCount,
                alignment: 64
            )
            defer { memory.deallocate() }
            for start in stride(from: 0, to: entry.elementCount, by: most) {
                let count = min(most, entry.elementCount - start)
                let place = start * source.byteCount..<(start + count) * source.byteCount
                let old = UnsafeRawBufferPointer(rebasing: bytes[place])
                let new = UnsafeMutableRawBufferPointer(
                    rebasing: memory[..<(count * entry.element.byteCount)]
                )
                let part = UnsafeMutableBufferPointer(rebasing: floats[..<count])
                source.decode(old, into: part)
                entry.element.encode(UnsafeBufferPointer(part), into: new)
                let result = UnsafeRawBufferPointer(new)
                guard entry.element.nonFiniteCount(result) == source.nonFiniteCount(old) else {
                    throw ModelError(
                        path: path,
                        .tooLarge(name: entry.name, dtype: DType(entry.element).rawValue)
                    )
                }
                try write(result)
            }
        }
    }
}
