/// Hashes of short byte strings, for the tables of this module.
enum ByteHash {
    /// Never 0, so that tables can use 0 for a free place.
    @inline(__always)
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: bytes.count)
        var index = 0
        let raw = UnsafeRawBufferPointer(bytes)
        while index &+ 8 <= bytes.count {
            state = mix(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index &+= 8
        }
        if index < bytes.count {
            var rest: UInt64 = 0
            while index < bytes.count {
                rest = rest << 8 | UInt64(bytes[index])
                index &+= 1
            }
            state = mix(state ^ rest)
        }
        return state | 1
    }

    /// Spreads every bit of the value over the result.
    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        let product = (value ^ value >> 32).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}
