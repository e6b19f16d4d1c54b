import CSHA256

/// The hash SHA-256 (FIPS 180-4), of bytes that come in pieces.
///
/// Here rather than from swift-crypto, whose build would cost whoever begins a minute. Where the
/// processor has instructions for it (x86), they take the blocks, six times as fast.
package struct SHA256 {
    private var state = SIMD8<UInt32>(
        0x6A09_E667,
        0xBB67_AE85,
        0x3C6E_F372,
        0xA54F_F53A,
        0x510E_527F,
        0x9B05_688C,
        0x1F83_D9AB,
        0x5BE0_CD19
    )
    /// The bytes behind the last whole block, fewer than a block.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0

    private let usesInstructions: Bool

    private static let blockSize = 64
    private static let hasInstructions = csha256_is_available()

    /// - Parameter allowingInstructions: off to compute as on a processor that has none for it.
    package init(allowingInstructions: Bool = true) {
        usesInstructions = allowingInstructions && Self.hasInstructions
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let taken = bytes.prefix(Self.blockSize - rest.count)
            rest += taken
            bytes = bytes.dropFirst(taken.count)
            guard rest.count == Self.blockSize else { return }
            rest.withUnsafeBytes { compress($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.count / Self.blockSize * Self.blockSize
        compress(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)))
        rest += bytes.dropFirst(whole)
    }

    package mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The 32 bytes of the hash of all that was given.
    package consuming func digest() -> [UInt8] {
        let bitCount = byteCount &* 8
        var ending: [UInt8] = [0x80]
        let used = (rest.count + 1 + 8) % Self.blockSize
        ending += repeatElement(0, count: (Self.blockSize - used) % Self.blockSize)
        for shift in stride(from: 56, through: 0, by: -8) {
            ending.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
        }
        ending.withUnsafeBytes { update($0) }
        return (0..<8).flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: state[word] >> UInt32($0)) }
        }
    }

    private static let constants: [UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4,
        0xAB1C_5ED5, 0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE,
        0x9BDC_06A7, 0xC19B_F174, 0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F,
        0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA, 0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7,
        0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967, 0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC,
        0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85, 0xA2BF_E8A1, 0xA81A_664B,
        0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070, 0x19A4_C116,
        0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7,
        0xC671_78F2,
    ]

    /// Takes in whole blocks.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress, !blocks.isEmpty else { return }
        guard !usesInstructions else {
            return withUnsafeMutableBytes(of: &state) { words in
                csha256_compress(
                    words.assumingMemoryBound(to: UInt32.self).baseAddress,
                    start.assumingMemoryBound(to: UInt8.self),
                    blocks.count / Self.blockSize,
                    Self.constants
                )
            }
        }
        Self.compress(blocks, into: &state)
    }

    private static func compress(
        _ blocks: UnsafeRawBufferPointer,
        into state: inout SIMD8<UInt32>
    ) {
        constants.withUnsafeBufferPointer { constants in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
                for start in stride(from: 0, to: blocks.count, by: blockSize) {
                    for index in 0..<16 {
                        let word = blocks.loadUnaligned(
                            fromByteOffset: start + 4 * index,
                            as: UInt32.self
                        )
                        words[index] = UInt32(bigEndian: word)
                    }
                    for index in 16..<64 {
                        let (near, far) = (words[index - 2], words[index - 15])
                        let sigma0 = rotated(far, 7) ^ rotated(far, 18) ^ (far >> 3)
                        let sigma1 = rotated(near, 17) ^ rotated(near, 19) ^ (near >> 10)
                        words[index] = words[index - 16] &+ sigma0 &+ words[index - 7] &+ sigma1
                    }
                    addRounds(words, constants, to: &state)
                }
            }
        }
    }

    private static func addRounds(
        _ words: UnsafeMutableBufferPointer<UInt32>,
        _ constants: UnsafeBufferPointer<UInt32>,
        to state: inout SIMD8<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        @inline(__always)
        func round(
            _ a: UInt32,
            _ b: UInt32,
            _ c: UInt32,
            _ d: inout UInt32,
            _ e: UInt32,
            _ f: UInt32,
            _ g: UInt32,
            _ h: inout UInt32,
            _ index: Int
        ) {
            let choice = g ^ (e & (f ^ g))
            let sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let first = h &+ sum1 &+ choice &+ constants[index] &+ words[index]
            let majority = (a & b) | (c & (a | b))
            let sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            d = d &+ first
            h = first &+ sum0 &+ majority
        }
        // Eight rounds bring each letter back to its place, so that nothing is moved.
        for index in stride(from: 0, to: 64, by: 8) {
            round(a, b, c, &d, e, f, g, &h, index)
            round(h, a, b, &c, d, e, f, &g, index + 1)
            round(g, h, a, &b, c, d, e, &f, index + 2)
            round(f, g, h, &a, b, c, d, &e, index + 3)
            round(e, f, g, &h, a, b, c, &d, index + 4)
            round(d, e, f, &g, h, a, b, &c, index + 5)
            round(c, d, e, &f, g, h, a, &b, index + 6)
            round(b, c, d, &e, f, g, h, &a, index + 7)
        }
        state = state &+ SIMD8(a, b, c, d, e, f, g, h)
    }

    @inline(__always)
    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word >> count) | (word << (32 - count))
    }
}

extension SHA256 {
    /// The hash of a text, in hexadecimal.
    package static func hexadecimal(of text: String) -> String {
        var hash = SHA256()
        hash.update(text)
        return hash.digest().hexadecimal
    }
}

extension [UInt8] {
    /// Two digits a byte, small letters.
    package var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
