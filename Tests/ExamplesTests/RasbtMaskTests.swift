import Files
import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing
import TokenTrees

/// The text with instructions: its mask, made by a chat template.
@Suite(.enabled(if: Conformance.isPresent, "\(Conformance.hint)"))
struct RasbtMaskTests {
    @Test("the mask of rasbt's rows begins at ### Response, two tokens behind the instruction")
    func mask() throws {
        let folder = try TemporaryFolder()
        let file = try RowsFile(folder.url.appending(path: "chats.jsonl"))
        let data = DataSource.path(
            try Conformance.file("prefdata/rasbt_instruction-data-with-preference.json")
        )
        var rows = try RowReader([data])
        while let row = try rows.next() {
            let example = try ExampleReader().example(row)
            func turn(_ role: String, _ passage: Passage) -> JSONValue {
                guard case .text(let text) = passage else { return .null }
                return [["role": .string(role), "content": .string(text)]]
            }
            try file.write(
                JSONObject([
                    ("prompt", turn("user", example.prompt)),
                    ("chosen", turn("assistant", example.answers[0])),
                    ("rejected", turn("assistant", example.answers[1])),
                ])
            )
        }
        try file.commit()
        let template = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Examples/001-from-scratch/rasbt.jinja")
        let dataset = try PreferenceDataset.load(
            [folder.url.appending(path: "chats.jsonl")],
            processor: TextProcessor(
                folder: Conformance.file("tokenizers/gpt2"),
                chatTemplate: template
            ),
            settings: DataSettings(scoredTokens: .generation, onBadRow: .skip)
        )
        // 1,100 rows less six whose answers are equal.
        #expect(dataset.count == 1094)
        // From running rasbt's collate function: row 0 has a prompt of 48 tokens, mask from 50.
        let first = dataset[0].sequences[0]
        #expect(first.tokens.count == 74)
        #expect(first.scored == [50..<74])
        // "\n", "\n" and "###", " Response", ":", "\n".
        let boundary: [Int32] = [198, 198, 21017, 18261, 25, 198]
        let sequences = dataset.flatMap(\.sequences)
        let right = sequences.count { sequence in
            guard let start = sequence.scored.first?.lowerBound else { return false }
            return sequence.scored == [start..<sequence.tokens.count]
                && sequence.tokens[start - 2..<start + 4] == boundary[...]
        }
        #expect(right == 2 * 1094)
    }
}
