import Torch

/// The keys and values that a layer has of one sequence.
///
/// Memory is doubled where it is full, so that a token is copied a bounded number of times. On the CPU
/// 16 bits become 32: libtorch's attention of a single row is faster then.
final class KeyValueCache {
    /// `[capacity, keyValueHead, headSize]`, rotated.
    private var keys: Tensor?
    /// `[capacity, keyValueHead, headSize]`.
    private var values: Tensor?

    /// Room for so many positions is made at first.
    private static let leastCapacity = 64

    /// Stores the keys and values of neighbouring positions.
    ///
    /// - Parameters:
    ///   - key: `[sequence, keyValueHead, headSize]`.
    ///   - value: the shape of `key`.
    ///   - start: the position of the first; those before it were stored earlier.
    /// - Returns: the keys and values of all positions up to the last of these.
    func store(
        _ key: Tensor,
        _ value: Tensor,
        from start: Int
    ) throws(TorchError) -> (key: Tensor, value: Tensor) {
        let end = start + key.shape[0]
        return try (
            Self.store(key, in: &keys, start..<end), Self.store(value, in: &values, start..<end)
        )
    }

    private static func store(
        _ rows: Tensor,
        in buffer: inout Tensor?,
        _ range: Range<Int>
    ) throws(TorchError) -> Tensor {
        let capacity = buffer?.shape[0] ?? 0
        let room: Tensor
        if let buffer, range.upperBound <= capacity {
            room = buffer
        } else {
            let size = max(leastCapacity, 2 * capacity, range.upperBound)
            room = try Tensor.empty(
                [size] + rows.shape.dropFirst(),
                rows.device == .cpu && rows.dtype.byteCount < 4 ? .float32 : rows.dtype,
                on: rows.device
            )
            if let buffer {
                let kept = 0..<range.lowerBound
                try room.narrowed(kept).copyInPlace(buffer.narrowed(kept))
            }
            buffer = room
        }
        try room.narrowed(range).copyInPlace(rows)
        return try room.narrowed(0..<range.upperBound)
    }
}
