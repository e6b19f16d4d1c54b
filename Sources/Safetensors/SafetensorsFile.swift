import Files
public import Foundation

/// One safetensors file, mapped into memory and checked when opened.
///
/// Tensors' bytes are handed out where they lie. They may begin at any address: read them with
/// `loadUnaligned` or copy them.
public final class SafetensorsFile: CheckpointFile {
    /// The file's place.
    public let url: URL
    /// What the file says of itself, such as `format`: `pt`.
    public let metadata: [String: String]
    /// The tensors in the order of their data.
    public let entries: [TensorEntry]

    private let file: MappedFile
    private let ranges: [Range<Int>]
    private let indices: [String: Int]

    /// Opens and checks a file; its tensors' numbers are not read yet.
    ///
    /// - Throws: `FileError` where it cannot be opened, `SafetensorsError` where the header is not
    ///   what it should be.
    public init(_ url: URL) throws {
        self.url = url
        file = try MappedFile(url)
        let header: Header
        do throws(SafetensorsError) {
            header = try Header(file.bytes)
        } catch {
            throw error.at(url.path)
        }
        metadata = header.metadata
        entries = header.tensors.map(\.entry)
        ranges = header.tensors.map(\.range)
        var indices: [String: Int] = [:]
        for (index, entry) in entries.enumerated() { indices[entry.name] = index }
        self.indices = indices
    }

    /// The entry of a tensor, or nil where there is none of this name.
    public func entry(named name: String) -> TensorEntry? {
        indices[name].map { entries[$0] }
    }

    /// A tensor's bytes in the mapped file, which is their owner.
    ///
    /// - Throws: `SafetensorsError` where there is no tensor of this name.
    public func tensorBytes(of name: String) throws -> TensorBytes {
        guard let index = indices[name] else {
            throw SafetensorsError(path: url.path, tensor: name, .noSuchTensor)
        }
        return TensorBytes(
            UnsafeRawBufferPointer(rebasing: file.bytes[ranges[index]]),
            owner: file
        )
    }
}
