import Files
import Testing

@Suite("SHA256")
struct SHA256Tests {
    /// The examples that NIST publishes with FIPS 180-4, and the empty text.
    @Test(
        "the published examples have their hashes",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ]
    )
    func examples(text: String, hash: String) {
        #expect(SHA256.hexadecimal(of: text) == hash)
    }

    @Test("a million a's have the published hash, in pieces of any size")
    func million() {
        for (size, isAllowed) in [(63, true), (63, false), (1_000_000, true), (1_000_000, false)] {
            let piece = Array(repeating: UInt8(ascii: "a"), count: size)
            var hash = SHA256(allowingInstructions: isAllowed)
            var left = 1_000_000
            while left > 0 {
                piece.prefix(left).withUnsafeBytes { hash.update($0) }
                left -= min(size, left)
            }
            #expect(
                hash.digest().hexadecimal
                    == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            )
        }
    }

    @Test("the processor's own instructions give the hash that is computed without them")
    func instructions() {
        // Knuth's MMIX generator, from a fixed seed.
        var number: UInt64 = 1
        let bytes = (0..<4096).map { _ in
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: number >> 56)
        }
        for count in [0, 1, 55, 56, 63, 64, 65, 127, 128, 1000, 4096] {
            let hashes = [true, false].map { isAllowed in
                var hash = SHA256(allowingInstructions: isAllowed)
                bytes.prefix(count).withUnsafeBytes { hash.update($0) }
                return hash.digest()
            }
            #expect(hashes[0] == hashes[1], "\(count) bytes")
        }
    }

    @Test("texts that end around the end of a block differ in their hashes, however they are cut")
    func padding() {
        var hashes: Set<String> = []
        for count in 0...130 {
            let text = String(repeating: "x", count: count)
            let whole = SHA256.hexadecimal(of: text)
            var cut = SHA256()
            cut.update(String(text.prefix(count / 3)))
            cut.update(String(text.dropFirst(count / 3)))
            #expect(cut.digest().hexadecimal == whole)
            hashes.insert(whole)
        }
        #expect(hashes.count == 131)
    }
}
