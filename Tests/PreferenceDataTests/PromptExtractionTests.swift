import PreferenceData
import TestSupport
import Testing
import TokenTrees

/// Through the front door: the prompt's length tells where the split was.
@Suite struct PromptExtractionTests {
    /// Loads one row with an implicit prompt and gives back prompt and answers as text.
    private func split(
        _ chosen: String,
        _ rejected: String
    ) throws -> (prompt: String, chosen: String, rejected: String) {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "row.jsonl",
            #"{"chosen": "\#(chosen)", "rejected": "\#(rejected)"}"#
        )
        let dataset = try PreferenceDataset.load(
            [file],
            processor: TextProcessor(ScalarEncoder(beginning: nil, endOfText: nil))
        )
        let pair = try #require(dataset.pairs.first)
        #expect(dataset.report.implicitPrompts == 1)
        return (
            text(pair.chosen.tokens.prefix(pair.promptLength)),
            text(pair.chosen.tokens.dropFirst(pair.promptLength)),
            text(pair.rejected.tokens.dropFirst(pair.promptLength))
        )
    }

    private func text(_ tokens: some Sequence<Int32>) -> String {
        String(String.UnicodeScalarView(tokens.compactMap { Unicode.Scalar(UInt32($0)) }))
    }

    @Test("a space before the split goes to the answers")
    func space() throws {
        // As TRL's extract_prompt gives it.
        #expect(
            try split("The sky is blue", "The sky is green")
                == ("The sky is", " blue", " green")
        )
    }

    @Test("only one space is moved")
    func oneSpace() throws {
        #expect(try split("Sky:  blue", "Sky:  red") == ("Sky: ", " blue", " red"))
    }

    @Test("the split may lie inside a word")
    func insideWord() throws {
        #expect(try split("It is blue", "It is black") == ("It is bl", "ue", "ack"))
    }

    @Test("scalars that begin with the same bytes are different scalars")
    func sharedBytes() throws {
        // é is C3 A9, è is C3 A8.
        #expect(try split("cafés", "cafè") == ("caf", "és", "è"))
        // Two emoji share three of four bytes.
        #expect(try split("I am 😀", "I am 😁!") == ("I am", " 😀", " 😁!"))
    }

    @Test("spellings that Swift takes for equal characters are different, as in Python")
    func combining() throws {
        // e with a combining acute accent, and e alone: the common prefix ends after the e.
        #expect(try split("caf\\u0065\\u0301", "cafex") == ("cafe", "\u{301}", "x"))
    }

    @Test("where one side is the beginning of the other, the last common scalar stays")
    func beginning() throws {
        #expect(try split("The sky is", "The sky is blue") == ("The sky i", "s", "s blue"))
        #expect(try split("Tréé more", "Tréé") == ("Tré", "é more", "é"))
    }

    @Test("sides that differ from the start have no prompt, whatever the last character is")
    func noPrompt() throws {
        // TRL looks at chosen[-1] here, finds a space, and cuts both before their last character.
        #expect(try split("yes ", "no") == ("", "yes ", "no"))
    }

    @Test("a side that adds only white space to the prompt is an empty answer")
    func blankAnswer() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "row.jsonl",
            #"{"chosen": "\n\nAssistant: ", "rejected": "\n\nAssistant: Sure"}"#
        )
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load([file], processor: TextProcessor(ScalarEncoder()))
        }
        #expect(error?.reason == .emptyAnswer(key: "chosen"))
    }

    @Test("identical sides are told as such")
    func identical() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("row.jsonl", #"{"chosen": "a: b", "rejected": "a: b"}"#)
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load([file], processor: TextProcessor(ScalarEncoder()))
        }
        #expect(error?.reason == .equalAnswers)
    }
}
