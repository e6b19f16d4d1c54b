import Safetensors

/// A tensor whose every element lies in the file.
struct StoredTensor {
    let entry: TensorEntry
    /// Where the bytes from its first element to the end of its storage lie.
    let range: Range<Int>
    /// Numbers from one element to the next, for each axis.
    private let strides: [Int]

    /// Checks what the pickle says.
    ///
    /// - Parameters:
    ///   - storage: the bytes of its entry in the file.
    ///   - limit: the most bytes that it may have: an element may stand for many (a stride of 0),
    ///     and memory for all would be needed.
    init(
        _ name: String,
        _ tensor: PickledTensor,
        storage: Range<Int>,
        limit: Int
    ) throws(PyTorchFileError.Kind) {
        guard let element = tensor.storage.element else { throw .tensor(name, .untyped) }
        let (expected, overflow) = tensor.storage.count.multipliedReportingOverflow(
            by: element.byteCount
        )
        guard !overflow, expected == storage.count else {
            throw .tensor(
                name,
                .storageSize(expected: overflow ? .max : expected, found: storage.count)
            )
        }
        guard let last = Self.lastElement(tensor), last < tensor.storage.count else {
            throw .tensor(name, .outsideStorage)
        }
        do {
            entry = try TensorEntry(name: name, element: element, shape: tensor.shape)
        } catch {
            throw .tensor(name, .tooLarge)
        }
        guard entry.byteCount <= limit else { throw .tensor(name, .tooLarge) }
        // An empty tensor may have any offset.
        let start = entry.byteCount == 0 ? 0 : tensor.offset * element.byteCount
        range = storage.lowerBound + start..<storage.upperBound
        strides = tensor.strides
    }

    /// The place of the last element in the storage, −1 where there is none; nil where a number is
    /// negative or too large.
    private static func lastElement(_ tensor: PickledTensor) -> Int? {
        guard tensor.offset >= 0, tensor.shape.allSatisfy({ $0 >= 0 }) else { return nil }
        guard !tensor.shape.contains(0) else { return -1 }
        var last = tensor.offset
        for (size, stride) in zip(tensor.shape, tensor.strides) {
            let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, sumOverflow) = last.addingReportingOverflow(reach)
            guard stride >= 0, !overflow, !sumOverflow else { return nil }
            last = sum
        }
        return last
    }

    /// Whether its elements follow each other in row-major order.
    private var isContiguous: Bool {
        var expected = 1
        for (size, stride) in zip(entry.shape, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }

    /// The numbers in row-major order, where they lie if they lie so.
    ///
    /// - Parameter owner: keeps the file's bytes valid.
    func bytes(in file: UnsafeRawBufferPointer, owner: AnyObject) -> TensorBytes {
        let stored = UnsafeRawBufferPointer(rebasing: file[range])
        guard entry.byteCount > 0, !isContiguous else {
            return TensorBytes(
                UnsafeRawBufferPointer(rebasing: stored.prefix(entry.byteCount)),
                owner: owner
            )
        }
        let memory = GatheredBytes(count: entry.byteCount)
        switch entry.element.byteCount {
        case 8: gather(stored, into: memory.bytes, as: UInt64.self)
        case 4: gather(stored, into: memory.bytes, as: UInt32.self)
        case 2: gather(stored, into: memory.bytes, as: UInt16.self)
        default: gather(stored, into: memory.bytes, as: UInt8.self)
        }
        return TensorBytes(UnsafeRawBufferPointer(memory.bytes), owner: memory)
    }

    private func gather<Bits: FixedWidthInteger>(
        _ stored: UnsafeRawBufferPointer,
        into memory: UnsafeMutableRawBufferPointer,
        as type: Bits.Type
    ) {
        let size = MemoryLayout<Bits>.size
        guard let rowLength = entry.shape.last, let rowStride = strides.last else { return }
        var places = [Int](repeating: 0, count: entry.shape.count - 1)
        var start = 0
        var written = 0
        while written < memory.count {
            for index in 0..<rowLength {
                let bits = stored.loadUnaligned(
                    fromByteOffset: (start &+ index &* rowStride) &* size,
                    as: type
                )
                memory.storeBytes(of: bits, toByteOffset: written &+ index &* size, as: type)
            }
            written += rowLength * size
            // To the next row, as an odometer goes; an axis of size 1 may have any stride.
            for axis in places.indices.reversed() {
                places[axis] += 1
                start &+= strides[axis]
                if places[axis] < entry.shape[axis] { break }
                start &-= places[axis] &* strides[axis]
                places[axis] = 0
            }
        }
    }
}

/// Memory for a tensor's numbers, freed with this object.
private final class GatheredBytes {
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) {
        // As libtorch aligns its own.
        bytes = .allocate(byteCount: count, alignment: 64)
    }

    deinit { bytes.deallocate() }
}
