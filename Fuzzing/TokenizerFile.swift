import OrderedJSON

@testable import Tokenizers

/// Arbitrary bytes as a `tokenizer.json`; where they are one, a text goes there and back.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTokenizerFile(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let file = try? JSONValue(parsing: bytes),
        let pipeline = try? Pipeline(FileSection(path: "fuzz", key: "", value: file))
    else { return 0 }
    let tokenizer = Tokenizer(pipeline: pipeline, names: SpecialTokenNames())
    for text in ["", " a", "Hello, you  there.\n\t42 é e\u{301} 你好 🙂<s></s>[CLS] don't"] {
        let ids = tokenizer.encode(text)
        _ = tokenizer.decode(ids)
        _ = tokenizer.decode(ids, skippingSpecialTokens: true)
        for id in ids { _ = tokenizer.token(ofID: id) }
    }
    _ = tokenizer.decode([-1, 0, 1, 2, .max])
    return 0
}
