import Files

/// A model's tensors by name, in one file or in several, whatever the format.
public protocol TensorCheckpoint: AnyObject {
    /// What is known of each tensor, in the order of the files.
    var entries: [TensorEntry] { get }

    /// The entry of a tensor, or nil where there is none of this name.
    func entry(named name: String) -> TensorEntry?

    /// A tensor's numbers: little-endian, in row-major order, in the mapped file where they lie so.
    ///
    /// - Throws: an `InputError` where there is no tensor of this name.
    func tensorBytes(of name: String) throws -> TensorBytes
}

/// The numbers of a tensor, and who keeps them where they are.
public struct TensorBytes {
    /// Valid while the owner lives; they may begin at any address.
    public let bytes: UnsafeRawBufferPointer
    /// The mapped file, or the memory into which the numbers were gathered.
    public let owner: AnyObject

    package init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        self.bytes = bytes
        self.owner = owner
    }

    /// Gives the memory of a mapped file's pages back; what is read again comes again.
    package func releasePages() { (owner as? MappedFile)?.releasePages(of: bytes) }
}

extension TensorCheckpoint {
    /// Lends a tensor's bytes.
    ///
    /// - Throws: an `InputError` where there is no tensor of this name, and what `body` throws.
    public func withBytes<Result>(
        of name: String,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let tensor = try tensorBytes(of: name)
        return try withExtendedLifetime(tensor.owner) { try body(tensor.bytes) }
    }
}
