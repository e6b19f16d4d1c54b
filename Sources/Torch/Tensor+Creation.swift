import CTorch

extension Tensor {
    /// A tensor whose elements are not set.
    public static func empty(
        _ shape: [Int],
        _ dtype: DType,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try tensor("empty") { ctorch_empty(sizes, sizes.count, dtype.raw, device.raw, $0) }
    }

    /// A tensor with one value everywhere.
    public static func full(
        _ shape: [Int],
        _ value: Double,
        _ dtype: DType,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try tensor("full") {
            ctorch_full(sizes, sizes.count, value, dtype.raw, device.raw, $0)
        }
    }

    /// A tensor of zeros.
    public static func zeros(
        _ shape: [Int],
        _ dtype: DType,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try full(shape, 0, dtype, on: device)
    }

    /// A tensor of zeros that is kept for long, as an optimizer's state is.
    ///
    /// On the CPU its memory comes from the system when it is first touched.
    public static func keptZeros(
        _ shape: [Int],
        _ dtype: DType,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try tensor("zeros") {
            ctorch_kept_zeros(sizes, sizes.count, dtype.raw, device.raw, $0)
        }
    }

    /// Standard normal numbers, from the generator that `TorchRuntime.seed(_:)` seeds.
    public static func normal(
        _ shape: [Int],
        _ dtype: DType = .float32,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try tensor("randn") { ctorch_randn(sizes, sizes.count, dtype.raw, device.raw, $0) }
    }

    /// Uniform float32 numbers from 0 to below 1, which follow from a seed alone.
    ///
    /// Each kind of device has its own for a seed; no other generator is touched.
    public static func uniform(
        _ shape: [Int],
        seed: UInt64,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try tensor("rand") {
            ctorch_rand_seeded(sizes, sizes.count, seed, device.raw, $0)
        }
    }

    /// A tensor with the given elements in row-major order.
    ///
    /// - Throws: `TorchError` where their number does not fit the shape.
    public convenience init<Element: TensorScalar>(
        _ elements: [Element],
        shape: [Int]? = nil,
        on device: Device = .cpu
    ) throws(TorchError) {
        let shape = shape ?? [elements.count]
        guard
            Self.byteCount(of: shape, Element.dtype)
                == elements.count * Element.dtype.byteCount
        else {
            throw TorchError("tensor", "\(elements.count) elements do not fill the shape \(shape)")
        }
        let sizes = shape.map(Int64.init)
        var handle: ctorch_tensor?
        let status = elements.withUnsafeBufferPointer {
            ctorch_from_host(
                $0.baseAddress,
                sizes,
                sizes.count,
                Element.dtype.raw,
                device.raw,
                &handle
            )
        }
        try check("tensor", status)
        guard let handle else { throw TorchError("tensor", "libtorch gave no tensor") }
        self.init(adopting: handle)
    }

    /// A tensor with a copy of the given bytes, in row-major order.
    ///
    /// - Throws: `TorchError` where their number does not fit shape and dtype.
    public static func copying(
        _ bytes: UnsafeRawBufferPointer,
        shape: [Int],
        _ dtype: DType,
        on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try requireFit(bytes, shape, dtype)
        let sizes = shape.map(Int64.init)
        return try tensor("tensor") {
            ctorch_from_host(bytes.baseAddress, sizes, sizes.count, dtype.raw, device.raw, $0)
        }
    }

    /// A CPU tensor over bytes that somebody else holds, without a copy.
    ///
    /// They are never written to, and may be a read-only mapping: the first operation that changes
    /// the tensor in place gives it, and all views of it, memory of its own.
    /// - Parameters:
    ///   - bytes: aligned for `dtype`, valid as long as `owner` lives.
    ///   - isToChange: whether the memory of its own counts as taken from now on, so that a limit
    ///     is met here and not at the first change.
    ///   - owner: kept alive until the first change, or until the last view of the tensor is gone.
    public static func viewing(
        _ bytes: UnsafeRawBufferPointer,
        shape: [Int],
        _ dtype: DType,
        isToChange: Bool = false,
        owner: AnyObject
    ) throws(TorchError) -> Tensor {
        try requireFit(bytes, shape, dtype)
        let sizes = shape.map(Int64.init)
        let context = Unmanaged.passRetained(owner).toOpaque()
        return try tensor("from_loan") {
            ctorch_from_loan(
                bytes.baseAddress,
                sizes,
                sizes.count,
                dtype.raw,
                isToChange,
                context,
                { context in
                    if let context { Unmanaged<AnyObject>.fromOpaque(context).release() }
                },
                $0
            )
        }
    }

    private static func requireFit(
        _ bytes: UnsafeRawBufferPointer,
        _ shape: [Int],
        _ dtype: DType
    ) throws(TorchError) {
        guard byteCount(of: shape, dtype) == bytes.count else {
            throw TorchError(
                "tensor",
                "\(bytes.count) bytes do not fill \(dtype.rawValue)\(shape)"
            )
        }
    }

    /// The bytes of a shape's elements; nil where it is not one, or they cannot be counted.
    private static func byteCount(of shape: [Int], _ dtype: DType) -> Int? {
        var size = dtype.byteCount
        for length in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: length)
            guard !overflow, length >= 0 else { return nil }
            size = product
        }
        return size
    }
}

/// A Swift number that a tensor can hold.
public protocol TensorScalar {
    /// The dtype with the same bits.
    static var dtype: DType { get }
}

extension Float: TensorScalar {
    /// 32 bits.
    public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
    /// 64 bits.
    public static var dtype: DType { .float64 }
}
extension Int: TensorScalar {
    /// 64 bits.
    public static var dtype: DType { .int64 }
}
extension Int32: TensorScalar {
    /// 32 bits.
    public static var dtype: DType { .int32 }
}
extension Bool: TensorScalar {
    /// One byte.
    public static var dtype: DType { .bool }
}
