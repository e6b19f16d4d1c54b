package import Foundation

/// A folder for temporary files with a random model, which goes when this object does.
package final class TemporaryModel {
    /// The model's folder.
    package let folder: URL

    /// Writes a model with the tokenizer of bytes.
    package init(_ model: RandomModel, seed: UInt64) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "penchant-example-\(UUID().uuidString)", directoryHint: .isDirectory)
        var random = SplitMix64(seed: seed)
        try model.write(to: folder, using: &random)
        try ByteTokenizer.write(to: folder)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}
