/// Reads Unicode scalars out of valid UTF-8.
enum UTF8Scanner {
    /// The scalar that begins at the index; the index moves behind it.
    ///
    /// The bytes are valid UTF-8 and the index lies on the beginning of a scalar. Where a text is
    /// cut short nonetheless, nothing behind its end is read.
    @inline(__always)
    static func scalar(_ bytes: UnsafeBufferPointer<UInt8>, at index: inout Int) -> UInt32 {
        let first = bytes[index]
        if first < 0x80 {
            index &+= 1
            return UInt32(first)
        }
        return multiByteScalar(bytes, first, at: &index)
    }

    private static func multiByteScalar(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ first: UInt8,
        at index: inout Int
    ) -> UInt32 {
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard index + length <= bytes.count else {
            index = bytes.count
            return 0xFFFD
        }
        var value = UInt32(first) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length { value = value << 6 | UInt32(bytes[index + offset] & 0x3F) }
        index += length
        return value
    }

    /// The scalar at the index, without moving.
    @inline(__always)
    static func peek(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32 {
        var index = index
        return scalar(bytes, at: &index)
    }

    /// Where the scalar before the index begins.
    @inline(__always)
    static func start(_ bytes: UnsafeBufferPointer<UInt8>, before index: Int) -> Int {
        var index = index &- 1
        while index > 0, bytes[index] & 0xC0 == 0x80 { index &-= 1 }
        return index
    }
}
