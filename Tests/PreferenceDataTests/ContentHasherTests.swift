import PreferenceData
import Testing

@Suite struct ContentHasherTests {
    /// The key 00 01 … 0f of the reference implementation's test vectors.
    private static let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)

    private static func digest(_ parts: [[UInt8]]) -> ContentDigest {
        var hasher = ContentHasher(key: key)
        for part in parts { part.withUnsafeBytes { hasher.append($0) } }
        return hasher.digest()
    }

    private static func bytes(_ digest: ContentDigest) -> [UInt8] {
        [digest.first, digest.second].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
    }

    @Test("digests are those of SipHash's reference implementation")
    func referenceVectors() {
        // vectors_sip128 of github.com/veorq/SipHash: the bytes 0, 1, 2, … of lengths 0, 1, 8, 15.
        let expected: [Int: String] = [
            0: "a3817f04ba25a8e66df67214c7550293",
            1: "da87c1d86b99af44347659119b22fc45",
            8: "3b62a9ba6258f5610f83e264f31497b4",
            15: "5493e99933b0a8117e08ec0f97cfc3d9",
        ]
        for (length, hexadecimal) in expected {
            let message = [UInt8]((0..<length).map { UInt8($0) })
            let text = Self.bytes(Self.digest([message])).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            #expect(text.joined() == hexadecimal, "of length \(length)")
        }
    }

    @Test("bytes that come in parts have the digest of the whole")
    func parts() {
        let message = [UInt8](0..<61)
        for cut in 0...61 {
            #expect(
                Self.digest([Array(message[..<cut]), Array(message[cut...])])
                    == Self.digest([message])
            )
        }
    }

    @Test("two texts are not their joined text")
    func lengths() {
        func digest(_ texts: [String]) -> ContentDigest {
            var hasher = ContentHasher()
            for text in texts { hasher.append(text) }
            return hasher.digest()
        }
        #expect(digest(["ab", "c"]) != digest(["a", "bc"]))
        #expect(digest(["ab", ""]) != digest(["ab"]))
    }
}
