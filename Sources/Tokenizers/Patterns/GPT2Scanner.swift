/// The pattern of GPT-2, which byte-level tokenizers use unless they say otherwise.
///
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
struct GPT2Scanner: PatternScanner {
    @inline(__always)
    func end(ofMatchAt start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let count = bytes.count
        var index = start
        let first = bytes[index]
        if first == UInt8(ascii: "'"), start &+ 1 < count {
            switch bytes[start &+ 1] {
            case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
                return start &+ 2
            case UInt8(ascii: "r"), UInt8(ascii: "v"):
                if start &+ 2 < count, bytes[start &+ 2] == UInt8(ascii: "e") { return start &+ 3 }
            case UInt8(ascii: "l"):
                if start &+ 2 < count, bytes[start &+ 2] == UInt8(ascii: "l") { return start &+ 3 }
            default: break
            }
        }
        if first == 0x20 {
            index &+= 1
            if index == count { return index }
        }
        let kind = ScalarClass.of(UTF8Scanner.scalar(bytes, at: &index))
        if kind == .space { return Self.endOfSpaces(at: start, in: bytes) }
        return Self.endOfRun(of: kind, from: index, in: bytes)
    }

    /// Where a run of characters of one class ends.
    @inline(__always)
    static func endOfRun(
        of kind: ScalarClass,
        from start: Int,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x80 {
                if ScalarClass.asciiClass(byte) != kind { return index }
                index &+= 1
            } else {
                var next = index
                if ScalarClass.of(UTF8Scanner.scalar(bytes, at: &next)) != kind { return index }
                index = next
            }
        }
        return index
    }

    /// `\s+(?!\S)|\s+`: all blanks, but the last one of several goes with the word behind them.
    @inline(__always)
    static func endOfSpaces(at start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        var last = start
        while index < bytes.count {
            var next = index
            if ScalarClass.of(UTF8Scanner.scalar(bytes, at: &next)) != .space { break }
            last = index
            index = next
        }
        return index == bytes.count || last == start ? index : last
    }
}
