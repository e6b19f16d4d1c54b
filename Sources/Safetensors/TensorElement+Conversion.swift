extension TensorElement {
    /// Whether numbers of this type have a fraction: what weights can be.
    package var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        case .int64, .int32, .int16, .int8, .uint8, .bool: false
        }
    }

    /// How many of some little-endian numbers of this type are NaN or infinite.
    package func nonFiniteCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch self {
        case .float64: countNonFinite(bytes, exponent: 0x7FF0_0000_0000_0000 as UInt64)
        case .float32: countNonFinite(bytes, exponent: 0x7F80_0000 as UInt32)
        case .float16: countNonFinite(bytes, exponent: 0x7C00 as UInt16)
        case .bfloat16: countNonFinite(bytes, exponent: 0x7F80 as UInt16)
        case .int64, .int32, .int16, .int8, .uint8, .bool: 0
        }
    }

    /// Reads little-endian numbers of this type as float32.
    ///
    /// Exact but for float64, which is rounded to the nearest, ties to even.
    /// - Parameters:
    ///   - bytes: as many numbers as `floats` has; of a floating-point type.
    package func decode(
        _ bytes: UnsafeRawBufferPointer,
        into floats: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(isFloatingPoint && bytes.count == floats.count * byteCount)
        switch self {
        case .float64:
            map(bytes, floats) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
        case .float16: map(bytes, floats, floatOfHalf)
        case .bfloat16:
            map(bytes, floats) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
        default: map(bytes, floats) { (bits: UInt32) in Float(bitPattern: bits) }
        }
    }

    /// Writes float32 as little-endian numbers of this type, rounded to the nearest, ties to even.
    ///
    /// As PyTorch does: what is too large becomes infinite, and what is between numbers of 16 bits
    /// near zero one of their subnormals. A NaN keeps its sign and becomes the plain quiet one.
    /// - Parameters:
    ///   - bytes: takes as many numbers as `floats` has; of a floating-point type.
    package func encode(
        _ floats: UnsafeBufferPointer<Float>,
        into bytes: UnsafeMutableRawBufferPointer
    ) {
        precondition(isFloatingPoint && bytes.count == floats.count * byteCount)
        switch self {
        case .float64: map(floats, bytes) { Double($0).bitPattern }
        case .float16: map(floats, bytes, half)
        case .bfloat16: map(floats, bytes, brainFloat)
        default: map(floats, bytes, \.bitPattern)
        }
    }
}

/// In what is not finite the exponent's bits are all ones, so that one more carries into the sign.
@inline(__always)
private func countNonFinite<Bits: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeRawBufferPointer,
    exponent: Bits
) -> Int {
    let size = MemoryLayout<Bits>.size
    let indices = 0..<bytes.count / size
    func exponentBits(_ index: Int) -> Bits {
        let bits = bytes.loadUnaligned(fromByteOffset: index &* size, as: Bits.self)
        return Bits(littleEndian: bits) & exponent
    }
    let one: Bits = exponent & (0 &- exponent)
    // Mostly there are none, and that is told of many numbers at a time, where counting is not.
    var carried: Bits = 0
    for index in indices { carried |= exponentBits(index) &+ one }
    guard carried & (exponent &+ one) != 0 else { return 0 }
    return indices.count { exponentBits($0) == exponent }
}

@inline(__always)
private func map<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer,
    _ floats: UnsafeMutableBufferPointer<Float>,
    _ convert: (Bits) -> Float
) {
    for index in floats.indices {
        let offset = index &* MemoryLayout<Bits>.size
        let bits = bytes.loadUnaligned(fromByteOffset: offset, as: Bits.self)
        floats[index] = convert(Bits(littleEndian: bits))
    }
}

@inline(__always)
private func map<Bits: FixedWidthInteger>(
    _ floats: UnsafeBufferPointer<Float>,
    _ bytes: UnsafeMutableRawBufferPointer,
    _ convert: (Float) -> Bits
) {
    for index in floats.indices {
        let offset = index &* MemoryLayout<Bits>.size
        bytes.storeBytes(
            of: convert(floats[index]).littleEndian,
            toByteOffset: offset,
            as: Bits.self
        )
    }
}

/// The upper half of the bits, rounded.
@inline(__always)
private func brainFloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    return UInt16(truncatingIfNeeded: isNaN ? bits >> 16 & 0x8000 | 0x7FC0 : rounded)
}

/// Rounds by adding a power of two that leaves 10 bits behind the point; without a branch.
///
/// After the FP16 library of M. Dukhan (MIT), which PyTorch uses too.
@inline(__always)
private func half(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = bits & 0x8000_0000
    let doubled = bits &+ bits
    // What is too large overflows here; the rest comes back to its size.
    let scaled = (Float(bitPattern: bits & 0x7FFF_FFFF) * 0x1p112) * 0x1p-110
    let bias = max(doubled & 0xFF00_0000, 0x7100_0000)
    let sum = (Float(bitPattern: (bias >> 1) &+ 0x0780_0000) + scaled).bitPattern
    let rounded = (sum >> 13 & 0x7C00) &+ (sum & 0x0FFF)
    let magnitude = doubled > 0xFF00_0000 ? 0x7E00 : rounded
    return UInt16(truncatingIfNeeded: sign >> 16 | magnitude)
}

/// After the same library.
@inline(__always)
private func floatOfHalf(_ half: UInt16) -> Float {
    let bits = UInt32(half) << 16
    let doubled = bits &+ bits
    let normal = Float(bitPattern: (doubled >> 4) &+ 0x7000_0000) * 0x1p-112
    let subnormal = Float(bitPattern: (doubled >> 17) | 0x3F00_0000) - 0.5
    let magnitude = doubled < 0x0800_0000 ? subnormal : normal
    return Float(bitPattern: bits & 0x8000_0000 | magnitude.bitPattern)
}
