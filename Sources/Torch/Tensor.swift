import CTorch

/// A multi-dimensional array held by libtorch.
///
/// Reference semantics: views and copies of the reference share storage, and methods whose names
/// end in "InPlace" change what every holder sees. A tensor belongs to one thread at a time and is
/// not `Sendable`; the compiler lets a fresh one move into a task.
public final class Tensor {
    let handle: ctorch_tensor

    /// Takes ownership of a handle.
    init(adopting handle: ctorch_tensor) { self.handle = handle }

    deinit { ctorch_tensor_free(handle) }

    /// The length of every dimension.
    public var shape: [Int] {
        var count: Int64 = 0
        guard ctorch_tensor_dim(handle, &count) == CTORCH_OK else { return [] }
        var sizes = [Int64](repeating: 0, count: Int(count))
        guard ctorch_tensor_sizes(handle, &sizes) == CTORCH_OK else { return [] }
        return sizes.map(Int.init)
    }

    /// How many elements there are.
    public var count: Int { shape.reduce(1, *) }

    /// The elements' type.
    public var dtype: DType {
        var raw = CTORCH_FLOAT32
        guard ctorch_tensor_dtype(handle, &raw) == CTORCH_OK, let dtype = DType(raw) else {
            preconditionFailure("a tensor of a dtype that no operation of this library makes")
        }
        return dtype
    }

    /// Where the elements lie.
    public var device: Device {
        var raw = ctorch_device(type: CTORCH_CPU, index: 0)
        guard ctorch_tensor_device(handle, &raw) == CTORCH_OK else {
            preconditionFailure("a tensor on a device that no operation of this library uses")
        }
        return Device(raw)
    }

    /// Whether the elements lie in row-major order without gaps.
    public var isContiguous: Bool {
        var result = false
        return ctorch_tensor_is_contiguous(handle, &result) == CTORCH_OK && result
    }

    /// The bytes that the elements take.
    public var byteCount: Int { count * dtype.byteCount }

    /// How many tensors this process holds, for tests that look for leaks.
    public static var liveHandles: Int { Int(ctorch_live_handles()) }

    /// Shape and dtype in short, for messages: `float32[4, 8]`.
    var summary: String { "\(dtype.rawValue)\(shape)" }
}

extension Tensor: CustomStringConvertible {
    /// Dtype, shape and device, without elements.
    public var description: String { "Tensor(\(summary), \(device))" }
}

extension [Tensor] {
    /// The handles of all tensors, for calls that take a list.
    var handles: [ctorch_tensor?] { map(\.handle) }
}
