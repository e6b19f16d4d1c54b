import Files
import Foundation
public import LanguageModels
public import Torch

/// What a reference's log-probabilities depend on beside the sequence: its weights and
/// configuration, and the dtype they are computed in.
public struct ReferenceKey: Sendable, Equatable {
    /// The name of the file in which they are kept.
    public let name: String

    /// Raised whenever a model computes other numbers from the same files.
    private static let version = 1

    /// Reads a model folder's configuration and weights once.
    ///
    /// - Throws: `FileError`.
    public init(_ model: ModelFolder, dtype: DType) throws {
        var hash = SHA256()
        hash.update("penchant reference \(Self.version) \(dtype.rawValue)\n")
        for file in try model.identifyingFiles() {
            hash.update(try SHA256.digest(of: file).hexadecimal + "\n")
        }
        name = hash.digest().hexadecimal
    }
}
