@testable import Tokenizers

/// An arbitrary regular expression, up to the first newline, over the text behind it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPattern(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let end = bytes.firstIndex(of: 0x0A) ?? count
    guard
        let expression = try? RegularExpression(String(decoding: bytes[..<end], as: UTF8.self))
    else { return 0 }
    // Texts in a tokenizer are always valid.
    let texts = ["aab 12\r\n é 你 A_'s", String(decoding: bytes[end...], as: UTF8.self)]
    for text in texts {
        Array(text.utf8).withUnsafeBufferPointer { text in
            var covered = 0
            expression.forEachMatch(in: text) { start, end in
                precondition(covered <= start && start <= end && end <= text.count)
                covered = end
            }
        }
    }
    return 0
}
