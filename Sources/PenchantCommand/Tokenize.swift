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

    func run() throws {
        let tokenizer = try Tokenizer(folder: tokenizer, behaviour: options.behaviour)
        try JSONLines.answer { line in
            let text = try line.required("text", "a string", \.string)
            let ids = tokenizer.encode(text, addingSpecialTokens: false)
            let special = tokenizer.encode(text, addingSpecialTokens: true)
            return [
                "ids": list(ids),
                "ids_special": list(special),
                "decoded": .string(tokenizer.decode(ids)),
                "decoded_skip": .string(tokenizer.decode(special, skippingSpecialTokens: true)),
            ]
        }
    }

    private func list(_ ids: [Int32]) -> JSONValue { .array(ids.map { .integer(Int($0)) }) }
}
