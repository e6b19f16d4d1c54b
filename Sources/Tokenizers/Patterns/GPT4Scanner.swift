/// The pattern of GPT-4, Llama 3 and Qwen 2, which differ in how long a number may be.
///
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*`
/// `|\s*[\r\n]+|\s+(?!\S)|\s+`, or `\p{N}` for `\p{N}{1,3}`.
struct GPT4Scanner: PatternScanner {
    /// How many digits a number may have.
    let longestNumber: Int

    @inline(__always)
    func end(ofMatchAt start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if bytes[start] == UInt8(ascii: "'"), let end = Self.endOfContraction(at: start, in: bytes)
        {
            return end
        }
        var next = start
        let first = UTF8Scanner.scalar(bytes, at: &next)
        let kind = ScalarClass.of(first)
        switch kind {
        case .letter:
            return GPT2Scanner.endOfRun(of: .letter, from: next, in: bytes)
        case .number:
            return endOfNumber(from: next, in: bytes)
        case .space, .other:
            guard next < bytes.count else { return next }
            var index = next
            let second = ScalarClass.of(UTF8Scanner.scalar(bytes, at: &index))
            if second == .letter, first != 0x0A, first != 0x0D {
                return GPT2Scanner.endOfRun(of: .letter, from: index, in: bytes)
            }
            if kind == .space {
                guard first == 0x20, second == .other else {
                    return Self.endOfSpaces(at: start, in: bytes)
                }
                next = index
            }
            return Self.endOfSymbols(from: next, in: bytes)
        }
    }

    /// The end of `'s`, `'re` and their like in any case, or nil.
    @inline(__always)
    private static func endOfContraction(
        at start: Int,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        guard start &+ 1 < bytes.count else { return nil }
        let second = start &+ 2 < bytes.count ? bytes[start &+ 2] | 0x20 : 0
        switch bytes[start &+ 1] | 0x20 {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return start &+ 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return second == UInt8(ascii: "e") ? start &+ 3 : nil
        case UInt8(ascii: "l"):
            return second == UInt8(ascii: "l") ? start &+ 3 : nil
        case 0xC5 | 0x20:
            // The long s, U+017F, is an s in another case.
            return bytes[start &+ 1] == 0xC5 && start &+ 2 < bytes.count
                && bytes[start &+ 2] == 0xBF ? start &+ 3 : nil
        default:
            return nil
        }
    }

    @inline(__always)
    private func endOfNumber(from start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        var count = 1
        while count < longestNumber, index < bytes.count {
            var next = index
            guard ScalarClass.of(UTF8Scanner.scalar(bytes, at: &next)) == .number else { break }
            index = next
            count &+= 1
        }
        return index
    }

    /// The rest of `[^\s\p{L}\p{N}]+[\r\n]*`.
    @inline(__always)
    private static func endOfSymbols(
        from start: Int,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var index = GPT2Scanner.endOfRun(of: .other, from: start, in: bytes)
        while index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D { index &+= 1 }
        return index
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last newline; without one as GPT-2.
    @inline(__always)
    private static func endOfSpaces(
        at start: Int,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var index = start
        var last = start
        var endOfNewlines = start
        while index < bytes.count {
            var next = index
            let scalar = UTF8Scanner.scalar(bytes, at: &next)
            guard ScalarClass.of(scalar) == .space else { break }
            last = index
            index = next
            if scalar == 0x0A || scalar == 0x0D { endOfNewlines = index }
        }
        if endOfNewlines > start { return endOfNewlines }
        return index == bytes.count || last == start ? index : last
    }
}
