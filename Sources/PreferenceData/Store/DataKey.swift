import Files
import Foundation

/// What prepared data depend on, as one hash: the contents of the files in their order, the
/// tokenizer and chat template, and all settings.
///
/// Files count by their bytes as they lie on the disk, compressed where they are, and not by name
/// or date.
struct DataKey: Equatable, Sendable {
    let bytes: [UInt8]

    /// What a file is called that is kept under this key.
    var name: String { bytes.hexadecimal }

    /// - Parameters:
    ///   - files: regular files.
    ///   - fingerprint: the tokenizer's and chat template's.
    init(files: [URL], fingerprint: String, settings: DataSettings) throws {
        var hash = SHA256()
        hash.update("penchant data \(StoreFormat.version)\n")
        hash.update("\(try settings.keyText)\n\(fingerprint)\n")
        for file in files { hash.update(try Self.hash(file).hexadecimal + "\n") }
        bytes = hash.digest()
    }

    /// The hash of a file's bytes.
    static func hash(_ url: URL) throws -> [UInt8] {
        let file = try MappedFile(url)
        let chunkSize = 64 << 20
        var hash = SHA256()
        for start in stride(from: 0, to: file.bytes.count, by: chunkSize) {
            let end = min(start + chunkSize, file.bytes.count)
            hash.update(UnsafeRawBufferPointer(rebasing: file.bytes[start..<end]))
            file.releasePages()
        }
        return hash.digest()
    }
}

extension DataSettings {
    /// All settings as text.
    ///
    /// Made by the compiler's own coding, so that a new setting cannot be forgotten.
    var keyText: String {
        get throws {
            var settings = self
            // Where nothing is drawn, the seed changes nothing.
            if emptyThinkingRemoval == 0 { settings.seed = DataSettings().seed }
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(settings), as: UTF8.self)
        }
    }
}
