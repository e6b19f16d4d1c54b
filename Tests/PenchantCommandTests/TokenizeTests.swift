import Foundation
import OrderedJSON
import TestSupport
import Testing

/// Text to token ids by the command, and what it says where transformers has other ids.
@Suite struct TokenizeTests {
    private func tokenize(
        _ folder: URL,
        _ input: String,
        _ more: String...
    ) async throws -> CommandResult {
        try await CommandRunner.run(
            ["tokenize", "--tokenizer", folder.path] + more,
            input: input
        )
    }

    /// A model with a token that only `tokenizer_config.json` knows.
    private func tinyWithToken() throws -> Workplace {
        var tiny = TinyModel()
        tiny.tokenizerConfiguration = [
            "eos_token": .string(TinyTokenizer.endOfText),
            "extra_special_tokens": ["yes"],
        ]
        return try Workplace(tiny)
    }

    @Test("a line of ids for each line of text, blank lines aside")
    func lines() async throws {
        let place = try Workplace()
        let result = try await tokenize(place.model, "{\"text\": \"the\"}\n\n{\"text\": \"\"}\n")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.outputLines.count == 2)
        #expect(
            result.outputLines.last
                == #"{"ids":[],"ids_special":[],"decoded":"","decoded_skip":""}"#
        )
    }

    @Test("times are told beside the answers, which stay what they are")
    func timing() async throws {
        let place = try Workplace()
        let lines = "{\"text\": \"the\"}\n{\"text\": \"é\"}\n"
        let plain = try await tokenize(place.model, lines)
        let timed = try await tokenize(place.model, lines, "--timing")
        #expect(timed.output == plain.output)
        #expect(timed.errorLines.count == 1)
        let report = try JSONValue(parsing: timed.errors)
        #expect(report["texts"]?.integer == 2)
        #expect(report["bytes"]?.integer == 5)
        #expect(report["tokens"]?.integer == 3)
        for key in ["loading_seconds", "encoding_seconds"] {
            #expect(try #require(report[key]?.double) > 0)
        }
    }

    @Test("tokens beside the file are found where transformers' behaviour is asked for")
    func behaviour() async throws {
        let place = try tinyWithToken()
        let line = #"{"text": "yes"}"#
        let file = try await tokenize(place.model, line)
        let other = try await tokenize(
            place.model,
            line,
            "--tokenizer-behaviour",
            "transformers"
        )
        #expect(file.output.contains(#""decoded_skip":"yes""#))
        #expect(other.output.contains(#""decoded_skip":"""#))
    }

    @Test("rows that transformers would give other ids are counted before scoring and training")
    func notice() async throws {
        let place = try tinyWithToken()
        let data = try place.data()
        let words =
            "10 of 10 rows get other token ids in transformers' own tokenizer class "
            + "(first: \(data.path):1); --tokenizer-behaviour transformers follows it"
        let scored = try await place.score([data])
        #expect(scored.status == 0)
        #expect(scored.errorLines.filter { $0 == words }.count == 1, "\(scored.errors)")
        let trained = try await place.train([data])
        #expect(trained.errorLines.filter { $0 == words }.count == 1, "\(trained.errors)")
        let following = try await place.score([data], "--tokenizer-behaviour", "transformers")
        #expect(following.status == 0)
        #expect(!following.errors.contains("transformers"))
        #expect(following.output != scored.output)
    }

    @Test("nothing is said where the ids are the same, or rows are ids")
    func noNotice() async throws {
        let place = try Workplace()
        let result = try await place.score([place.data()])
        #expect(!result.errors.contains("transformers"))
        let other = try tinyWithToken()
        let ids = try await other.score([other.data(Rows.tokens)])
        #expect(!ids.errors.contains("transformers"))
    }

    @Test("a class that is not known here is told in a line, and does not stop the run")
    func unknownClass() async throws {
        var tiny = TinyModel()
        tiny.tokenizerConfiguration = [
            "eos_token": .string(TinyTokenizer.endOfText), "tokenizer_class": "BertTokenizer",
        ]
        let place = try Workplace(tiny)
        let result = try await place.score([place.data()])
        #expect(result.status == 0)
        #expect(result.errors.contains("\"BertTokenizer\" is not known here"))
        let following = try await place.score(
            [place.data()],
            "--tokenizer-behaviour",
            "transformers"
        )
        expectRefusal(following, status: 65, saying: ["tokenizer_class", "BertTokenizer"])
    }

    /// A file of a tokenizer that cannot be used, and what is said of it.
    static let badFiles: [(file: String, words: [String])] = [
        (#"{"model": {"type": "BPE", "vo"#, ["tokenizer.json", "line 1, column"]),
        (#"{"model": {"type": "GPT"}}"#, ["model.type", #""GPT" is not one of "BPE""#]),
        (#"{"model": 3}"#, ["model", "an object is expected, found a number"]),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": "b"}, "merges": []}}"#,
            ["model.vocab", #"the id of "a" is "b""#]
        ),
        (
            #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}"#,
            ["model.merges[0]", #""b" is not in the vocabulary"#]
        ),
        (
            #"""
            {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a"}, "behavior":
            "Isolated", "invert": false}}
            """#, ["pre_tokenizer.pattern.Regex", "a group is not closed"]
        ),
        ("{\"model\": \"\u{1}\"}", ["tokenizer.json"]),
    ]

    @Test("a tokenizer that cannot be used is told by file and key", arguments: badFiles)
    func badFile(file: String, words: [String]) async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("tokenizer.json", file)
        let result = try await tokenize(folder.url, #"{"text": "a"}"#)
        expectRefusal(result, status: 65, saying: words)
    }

    @Test("a file that is not UTF-8 is refused")
    func notUTF8() async throws {
        let folder = try TemporaryFolder()
        let text = #"{"model": {"type": "BPE", "vocab": {"?": 0}, "merges": []}}"#
        let bytes = text.utf8.map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
        _ = try folder.write("tokenizer.json", Data(bytes))
        let result = try await tokenize(folder.url, #"{"text": "a"}"#)
        expectRefusal(result, status: 65, saying: ["tokenizer.json", "UTF-8"])
    }

    @Test("a vocabulary with holes is used, and ids of holes are no text")
    func holes() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "tokenizer.json",
            #"{"model": {"type": "BPE", "vocab": {"a": 7, "b": 1000}, "merges": []}}"#
        )
        let result = try await tokenize(folder.url, #"{"text": "abca"}"#)
        #expect(result.output.hasPrefix(#"{"ids":[7,1000,7],"#), "\(result.errors)")
    }

    @Test("a pattern that goes back for ever ends, and so does the command")
    func backtracking() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "tokenizer.json",
            #"""
            {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a*)*b|(a|a)*c"},
            "behavior": "Isolated", "invert": false},
            "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
            """#
        )
        let text = String(repeating: "a", count: 40)
        let result = try await tokenize(folder.url, #"{"text": "\#(text)"}"#)
        #expect(result.status == 0)
        #expect(result.output.hasPrefix(#"{"ids":[0,0,0"#))
    }

    /// A line of standard input that cannot be used, and what is said of it.
    static let badLines: [(line: String, words: [String])] = [
        ("{\"text\": ", ["standard input:2: not JSON", "column"]),
        ("[1]", ["standard input:2: an object is needed, not a list"]),
        ("{}", [#"standard input:2: "text" is missing; a string is needed"#]),
        (#"{"text": 3}"#, [#"standard input:2: "text" is a number; a string is needed"#]),
        (#"{"text": null}"#, [#"standard input:2: "text" is missing"#]),
    ]

    @Test("a bad line is told by its number", arguments: badLines)
    func badLine(line: String, words: [String]) async throws {
        let place = try Workplace()
        let result = try await tokenize(place.model, "\n\(line)\n")
        expectRefusal(result, status: 65, saying: words)
    }
}
