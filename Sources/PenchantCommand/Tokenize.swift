import ArgumentParser
import Foundation
import OrderedJSON
import Tokenizers

/// `penchant tokenize`.
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Turn text into token ids and back.",
        discussion: """
            Reads JSON lines {"text"} on standard input and writes for each {"ids", "ids_special", \
            "decoded", "decoded_skip"}: the ids without and with the special tokens that the \
            tokenizer adds, the first decoded whole, the second decoded without special tokens.
            """
    )

    @Option(
        help: "Folder with tokenizer.json, or vocab.json and merges.txt.",
        transform: folderArgument
    )
    var tokenizer: URL

    @OptionGroup var options: TokenizerOptions

    @Flag(
        help: """
            Read all lines, then encode them, and tell on standard error, as a line of JSON, how \
            long loading and a first pass of encoding without special tokens took, in seconds on \
            one thread.
            """
    )
    var timing = false

    func run() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let tokenizer = try Tokenizer(folder: tokenizer, behaviour: options.behaviour)
        let loading = start.duration(to: clock.now)
        guard timing else {
            return try JSONLines.answer { answer(tokenizer, try text($0)) }
        }
        var texts: [String] = []
        try JSONLines.forEach { texts.append(try text($0)) }
        let begin = clock.now
        var tokens = 0
        for text in texts { tokens += tokenizer.encode(text, addingSpecialTokens: false).count }
        let encoding = begin.duration(to: clock.now)
        let report: JSONValue = [
            "loading_seconds": .number(loading / .seconds(1)),
            "encoding_seconds": .number(encoding / .seconds(1)),
            "texts": .integer(texts.count),
            "bytes": .integer(texts.reduce(0) { $0 + $1.utf8.count }),
            "tokens": .integer(tokens),
            // A word's ids are kept when it comes first, and none was when the pass began.
            "word_cache": "cold",
        ]
        Console.status(report.text)
        for text in texts { try Console.output(answer(tokenizer, text).text) }
    }

    private func text(_ line: InputLine) throws -> String {
        try line.required("text", "a string", \.string)
    }

    private func answer(_ tokenizer: Tokenizer, _ text: String) -> JSONValue {
        let ids = tokenizer.encode(text, addingSpecialTokens: false)
        let special = tokenizer.encode(text, addingSpecialTokens: true)
        return [
            "ids": list(ids),
            "ids_special": list(special),
            "decoded": .string(tokenizer.decode(ids)),
            "decoded_skip": .string(tokenizer.decode(special, skippingSpecialTokens: true)),
        ]
    }

    private func list(_ ids: [Int32]) -> JSONValue { .array(ids.map { .integer(Int($0)) }) }
}
