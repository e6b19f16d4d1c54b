/// The alphabet of byte-level tokenizers: a visible character for every byte.
///
/// GPT-2 brought it: printable Latin-1 characters stand for themselves, the other 68 bytes for
/// the characters from U+0100 on, in order.
enum ByteLevelAlphabet {
    /// By byte: its character.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0...255).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(UInt8(byte))
            default:
                defer { next += 1 }
                return Unicode.Scalar(next) ?? "?"
            }
        }
    }()

    /// By scalar value: its byte, or -1 where it stands for none.
    static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
        return bytes
    }()

    /// By byte: the UTF-8 of its character, one or two bytes.
    static let utf8: [[UInt8]] = scalars.map { Array(String($0).utf8) }

    /// Appends the characters that stand for the bytes.
    static func appendCharacters(
        for bytes: UnsafeBufferPointer<UInt8>,
        to result: inout [UInt8]
    ) {
        for byte in bytes { result.append(contentsOf: utf8[Int(byte)]) }
    }

    /// Appends the bytes that the characters of a token stand for, or the token as it is where one
    /// of them stands for none.
    static func appendBytes(for token: UnsafeBufferPointer<UInt8>, to result: inout [UInt8]) {
        let start = result.count
        var index = 0
        while index < token.count {
            let scalar = UTF8Scanner.scalar(token, at: &index)
            guard scalar < bytes.count, bytes[Int(scalar)] >= 0 else {
                result.removeLast(result.count - start)
                result.append(contentsOf: token)
                return
            }
            result.append(UInt8(truncatingIfNeeded: bytes[Int(scalar)]))
        }
    }
}
