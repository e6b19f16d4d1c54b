/// 128 bits that stand for a content: the same on every machine and in every run.
package struct ContentDigest: Hashable, Sendable, Comparable {
    package var first: UInt64
    package var second: UInt64

    package init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second
    }

    package static func < (left: ContentDigest, right: ContentDigest) -> Bool {
        (left.first, left.second) < (right.first, right.second)
    }
}

/// Makes digests: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein).
///
/// Swift's own hashing has another key in every process, so that nothing written down or drawn
/// by it would hold in the next run.
package struct ContentHasher {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// Bytes that do not fill a word yet, the first one lowest.
    private var tail: UInt64 = 0
    private var count: UInt64 = 0

    package init(key: (UInt64, UInt64) = (0, 0)) {
        v0 = key.0 ^ 0x736F_6D65_7073_6575
        v1 = key.1 ^ 0x646F_7261_6E64_6F6D ^ 0xEE
        v2 = key.0 ^ 0x6C79_6765_6E65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    /// Takes in bytes; where they end leaves no trace.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while count & 7 != 0, index < bytes.count {
            append(byte: bytes[index])
            index += 1
        }
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            compress(UInt64(littleEndian: word))
            count &+= 8
            index += 8
        }
        while index < bytes.count {
            append(byte: bytes[index])
            index += 1
        }
    }

    /// Takes in a number.
    package mutating func append(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { append($0) }
    }

    /// Takes in a text and its length, so that two texts are not the same as their joined one.
    package mutating func append(_ text: some StringProtocol) {
        var text = String(text)
        text.withUTF8 { bytes in
            append(UInt64(bytes.count))
            append(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The digest of all that was taken in.
    package consuming func digest() -> ContentDigest {
        compress(tail | (count << 56))
        v2 ^= 0xEE
        for _ in 0..<4 { round() }
        let first = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xDD
        for _ in 0..<4 { round() }
        return ContentDigest(first: first, second: v0 ^ v1 ^ v2 ^ v3)
    }

    private mutating func append(byte: UInt8) {
        tail |= UInt64(byte) << (8 * (count & 7))
        count &+= 1
        guard count & 7 == 0 else { return }
        compress(tail)
        tail = 0
    }

    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    private mutating func round() {
        func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
            (value << bits) | (value >> (64 - bits))
        }
        v0 &+= v1
        v1 = rotated(v1, 13) ^ v0
        v0 = rotated(v0, 32)
        v2 &+= v3
        v3 = rotated(v3, 16) ^ v2
        v0 &+= v3
        v3 = rotated(v3, 21) ^ v0
        v2 &+= v1
        v1 = rotated(v1, 17) ^ v2
        v2 = rotated(v2, 32)
    }
}
