import Files
public import LanguageModels
public import Torch

/// What a reference's log-probabilities depend on beside the sequence: its weights and
/// configuration, and the dtype they are computed in.
public struct ReferenceKey: Sendable, Equatable {
    /// The name of the file in which they are kept, without its ending.
    public let name: String

    /// Raised whenever models come to compute other numbers from the same files.
    private static let version = 2

    /// Reads a model's configuration and weights once.
    ///
    /// - Throws: `SafetensorsError`, `PyTorchFileError` or `FileError`.
    public init(_ model: ModelFolder, dtype: DType) throws {
        let content = try model.fingerprint()
        name = SHA256.hexadecimal(of: "reference \(Self.version) \(dtype.rawValue) \(content)")
    }

    /// A key that was made before.
    init(name: String) { self.name = name }
}
