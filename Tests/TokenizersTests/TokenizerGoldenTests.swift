import Foundation
import OrderedJSON
import TestSupport
import Testing

@testable import Tokenizers

/// Rows made with the Rust library (tokenizers 0.23.3) and transformers 5.23, over real tokenizers.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct TokenizerGoldenTests {
    static let names = [
        "stories260K", "minimind", "gpt2", "smollm2", "phi-3", "TinyStories-656K", "storybyte",
        "clip", "falcon", "gpt-neox-20b", "gpt-neox-olmo-dolma", "mini-llm-cn", "qwen2.5",
        "roberta-base", "smollm2-bos", "synth-gemma-like", "synth-llama3-like",
        "synth-unigram-bytefallback", "t5-small", "torchtitan-test", "whisper-large-v3",
    ]

    @Test(
        "ids and texts are those of the Rust library, or of transformers' class",
        arguments: names,
        TokenizerBehaviour.allCases
    )
    func goldens(name: String, behaviour: TokenizerBehaviour) throws {
        let tokenizer = try Tokenizer(
            folder: Conformance.file("tokenizers/\(name)"),
            behaviour: behaviour
        )
        var failures: [String] = []
        let rows = try GoldenRow.rows(
            of: Conformance.file("goldens/tokenizers/\(name).jsonl"),
            behaviour
        )
        for row in rows {
            failures += row.differences(from: tokenizer)
        }
        #expect(rows.count > 300)
        #expect(
            failures.isEmpty,
            "\(failures.count): \(failures.prefix(5).joined(separator: "\n"))"
        )
    }

    @Test(
        "a class whose ids differ is told from one that only builds the same again",
        arguments: names
    )
    func differences(name: String) throws {
        let folder = try Conformance.file("tokenizers/\(name)")
        let other = try Tokenizer(folder: folder).differingInTransformers(folder: folder)
        let differing = ["TinyStories-656K", "phi-3", "torchtitan-test"]
        // The same to the same effect, but written otherwise.
        let looksDifferent = ["t5-small", "whisper-large-v3"]
        #expect((other != nil) == (differing + looksDifferent).contains(name))
    }
}

/// One row of a golden file.
struct GoldenRow {
    let number: Int
    let text: String
    let ids: [Int32]
    let idsWithSpecials: [Int32]
    let decoded: String
    let decodedSkipping: String

    static func rows(
        of file: URL,
        _ behaviour: TokenizerBehaviour = .file
    ) throws -> [GoldenRow] {
        try Data(contentsOf: file).split(separator: 0x0A).map { line in
            var row = try #require(JSONValue(parsing: Array(line)).object)
            if behaviour == .transformers, let changes = row["transformers"]?.object {
                for (key, value) in changes.members { row[key] = value }
            }
            let text = try #require(row["text"]?.string)
            return GoldenRow(
                number: try #require(row["n"]?.integer),
                text: text,
                ids: try ids(row["ids"]),
                idsWithSpecials: try ids(row["ids_special"]),
                decoded: row["decoded"]?.string ?? text,
                decodedSkipping: row["decoded_skip"]?.string ?? text
            )
        }
    }

    private static func ids(_ value: JSONValue?) throws -> [Int32] {
        try #require(value?.array).map { Int32(try #require($0.integer)) }
    }

    /// What a tokenizer does otherwise, in words.
    func differences(from tokenizer: Tokenizer) -> [String] {
        var differences: [String] = []
        let place = "row \(number) \(text.debugDescription.prefix(80))"
        let found = tokenizer.encode(text, addingSpecialTokens: false)
        if found != ids { differences.append("\(place): ids \(found), expected \(ids)") }
        let special = tokenizer.encode(text)
        if special != idsWithSpecials {
            differences.append("\(place): ids \(special), expected \(idsWithSpecials)")
        }
        let decoded = tokenizer.decode(ids)
        if !decoded.utf8.elementsEqual(self.decoded.utf8) {
            differences.append(
                "\(place): decoded \(decoded.debugDescription), "
                    + "expected \(self.decoded.debugDescription)"
            )
        }
        let skipping = tokenizer.decode(idsWithSpecials, skippingSpecialTokens: true)
        if !skipping.utf8.elementsEqual(decodedSkipping.utf8) {
            differences.append(
                "\(place): decoded \(skipping.debugDescription), "
                    + "expected \(decodedSkipping.debugDescription)"
            )
        }
        return differences
    }
}
