import Files
import Foundation
import OrderedJSON
import PreferenceData
import TestSupport
import Testing

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
        let conversion = DataConversion(
            reader: ExampleReader(),
            writer: ExampleWriter(format: .chat)
        )
        _ = try conversion.run([data]) { try file.write($0) }
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
        for preference in dataset {
            for sequence in preference.sequences {
                let start = try #require(sequence.scored.first).lowerBound
                #expect(sequence.scored == [start..<sequence.tokens.count])
                // "\n", "\n" and "###", " Response", ":", "\n".
                #expect(
                    sequence.tokens[start - 2..<start + 4] == [198, 198, 21017, 18261, 25, 198]
                )
            }
        }
    }
}
