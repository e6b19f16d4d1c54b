import CTorch

/// A file in which tensors of the CPU keep their numbers, in place of memory.
///
/// Its pages come into memory when they are touched and leave it when they are released, so that
/// numbers which are needed for a moment of every step, as an optimizer's are, take memory for that
/// moment. They are the same numbers, bit for bit. The file has no name, and is gone with the process
/// whatever ends it.
public final class OffloadFile {
    private let file: Int32
    private var end: Int64 = 0
    /// What a part of the file begins at a multiple of: no system's pages are larger.
    private static let alignment: Int64 = 1 << 16

    /// Begins a file in a folder.
    ///
    /// - Throws: `TorchError` where the folder cannot be written to.
    public init(in folder: String) throws(TorchError) {
        var file: Int32 = -1
        try check("offload", ctorch_offload_open(folder, &file))
        self.file = file
    }

    // Tensors in it keep what they need of it.
    deinit { ctorch_offload_close(file) }

    /// A tensor of zeros in the file.
    ///
    /// - Throws: `TorchError` where the disk has no room for it.
    public func zeros(_ shape: [Int], _ dtype: DType) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        let result = try tensor("offload") {
            ctorch_offload_zeros(file, end, sizes, sizes.count, dtype.raw, $0)
        }
        let taken = max(1, Int64(result.byteCount))
        end += (taken + Self.alignment - 1) / Self.alignment * Self.alignment
        return result
    }
}

/// Where tensors lie that are kept for long.
public enum KeptMemory {
    /// In the memory of their device.
    case ofDevice
    /// In a file; for the CPU.
    case file(OffloadFile)

    /// A tensor of zeros.
    public func zeros(
        _ shape: [Int],
        _ dtype: DType,
        on device: Device
    ) throws(TorchError) -> Tensor {
        switch self {
        case .ofDevice: try .keptZeros(shape, dtype, on: device)
        case .file(let file): try file.zeros(shape, dtype)
        }
    }

    /// Zeros in a tensor's shape and dtype.
    public func zeros(like tensor: Tensor) throws(TorchError) -> Tensor {
        try zeros(tensor.shape, tensor.dtype, on: tensor.device)
    }
}

extension Tensor {
    /// Brings this tensor's numbers to another place, for all tensors that share them.
    ///
    /// - Parameter place: zeros of as many bytes, in a file, which are not used again.
    public func move(to place: Tensor) throws(TorchError) {
        try check("offload", ctorch_offload_move(handle, place.handle), operands: [self, place])
    }

    /// Takes the pages of the numbers out of memory, where they lie in a file.
    ///
    /// They come again when they are touched; nothing happens to other tensors.
    public func releasePages() {
        // What cannot be released stays.
        _ = ctorch_release_pages(handle)
    }
}
