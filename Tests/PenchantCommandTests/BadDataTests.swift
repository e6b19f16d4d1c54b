import Foundation
import Testing

/// A line that cannot be used, and what is said of it.
struct BadRow: Sendable, CustomTestStringConvertible {
    let name: String
    var bytes: [UInt8]
    /// In the error line.
    let words: [String]
    /// What skipped rows count it as.
    let kind: String

    var testDescription: String { name }

    init(_ name: String, _ line: String, _ kind: String, saying words: String...) {
        self.name = name
        bytes = Array(line.utf8)
        self.words = words
        self.kind = kind
    }

    /// With a limit of 64 tokens and a vocabulary of 272.
    static let all: [BadRow] = {
        let long = String(repeating: "x", count: 64)
        let ids = #""chosen_ids": [2], "rejected_ids""#
        var broken = BadRow(
            "not UTF-8",
            #"{"prompt": "a", "chosen": "?", "rejected": "b"}"#,
            "not UTF-8",
            saying: "not UTF-8"
        )
        broken.bytes = broken.bytes.map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
        return [
            broken,
            BadRow("not JSON", #"{"prompt": "a", "#, "not JSON", saying: "not JSON", "column 17"),
            BadRow("not an object", "[1, 2]", "not a JSON object", saying: "a list", "JSON object"),
            BadRow(
                "missing key",
                #"{"prompt": "a", "chosen": "b"}"#,
                "a key is missing",
                saying: #""rejected""#,
                "accepted:"
            ),
            BadRow(
                "wrong type",
                #"{"prompt": "a", "chosen": 3, "rejected": "c"}"#,
                "a value is of the wrong kind",
                saying: #""chosen" is a number"#,
                "a string"
            ),
            BadRow(
                "messages",
                #"{"prompt": "a", "chosen": [{"role": "user"}], "rejected": "c"}"#,
                "a key is missing",
                saying: #"there is no "chosen[0].content""#,
                "accepted:"
            ),
            BadRow(
                "empty answer",
                #"{"prompt": "a", "chosen": "  ", "rejected": "c"}"#,
                "an answer is empty",
                saying: #""chosen""#
            ),
            BadRow(
                "equal answers",
                #"{"prompt": "a", "chosen": "c", "rejected": "c"}"#,
                "both answers are the same",
                saying: "both answers are the same"
            ),
            BadRow(
                "long prompt",
                #"{"prompt": "\#(long)", "chosen": "a", "rejected": "b"}"#,
                "the prompt is as long as the limit",
                saying: "64 tokens",
                "limit"
            ),
            BadRow(
                "equal when cut",
                #"{"prompt": "a", "chosen": "\#(long)1", "rejected": "\#(long)2"}"#,
                "both answers are the same after truncation",
                saying: "when cut to 64 tokens"
            ),
            BadRow(
                "id too large",
                #"{"prompt_ids": [1], \#(ids): [272]}"#,
                "a token id is out of range",
                saying: #""rejected_ids""#,
                "272",
                "0 to 271"
            ),
            BadRow(
                "negative id",
                #"{"prompt_ids": [-1], \#(ids): [3]}"#,
                "a token id is out of range",
                saying: #""prompt_ids""#,
                "-1"
            ),
            BadRow(
                "fraction as id",
                #"{"prompt_ids": [1.5], \#(ids): [3]}"#,
                "a value is of the wrong kind",
                saying: #""prompt_ids""#,
                "a fraction"
            ),
            BadRow(
                "nothing before",
                #"{"prompt_ids": [], \#(ids): [3]}"#,
                "nothing comes before a one-token answer",
                saying: "no token"
            ),
        ]
    }()
}

/// Data that cannot be used: status 65, one line, nothing trained.
@Suite struct BadDataTests {
    @Test("a bad row ends the run with its file and line", arguments: BadRow.all)
    func badRow(_ row: BadRow) async throws {
        let place = try Workplace()
        let good = Array((Rows.text[0] + "\n").utf8)
        let data = try place.write("rows.jsonl", good + row.bytes + [0x0A] + good)
        let result = try await place.train([data])
        expectRefusal(result, status: 65, saying: ["\(data.path):2: "] + row.words)
        #expect(result.errors.contains("--on-bad-row skip"))
        #expect(!place.runExists)
    }

    @Test("bad rows can be skipped; they are counted by reason, and the others are trained on")
    func skip() async throws {
        #expect(TinyTokenizer.vocabularySize == 268)
        let place = try Workplace()
        let good = Array((Rows.text.joined(separator: "\n") + "\n").utf8)
        let bad: [UInt8] = BadRow.all.flatMap { row in row.bytes + [0x0A] }
        let data = try place.write("rows.jsonl", good + bad)
        let result = try await place.train([data], "--on-bad-row", "skip")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("24 rows read, 10 pairs kept\nskipped 14:\n"))
        for (kind, rows) in Dictionary(grouping: BadRow.all, by: \.kind) {
            #expect(result.errors.contains("  \(rows.count) × \(kind): \(data.path):"))
        }
        #expect(try place.metrics().count == 2)
    }

    @Test("where all rows are skipped, nothing is trained")
    func nothingLeft() async throws {
        let place = try Workplace()
        let data = try place.data(["{}", "[]", "{}"])
        let result = try await place.train([data], "--on-bad-row", "skip")
        expectRefusal(
            result,
            status: 65,
            saying: [data.path, "none of 3 rows", "2 × a key is missing", "1 × not a JSON object"]
        )
        #expect(!place.runExists)
    }

    @Test("files that cannot be read are named")
    func files() async throws {
        let place = try Workplace()
        let compressed = try Gzip.compress(Rows.text.joined(separator: "\n"), in: place)
        let folder = place.url.appending(path: "folder", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let cases: [(URL, String)] = [
            (try place.data([], name: "empty.jsonl"), "no rows"),
            (try place.data(["", " "], name: "blank.jsonl"), "no rows"),
            (place.url.appending(path: "none.jsonl"), "No such file"),
            (folder, "looked for: .jsonl"),
            (try place.write("a.parquet", Array("PAR1".utf8)), "pd.read_parquet("),
            (try place.data(["[{}"], name: "open.json"), "not a JSON list"),
            (try place.write("cut.gz", compressed.dropLast(20)), "cut short"),
            (try place.write("bad.gz", Array(compressed.prefix(10)) + [7, 7, 7, 7]), "gzip"),
        ]
        for (data, words) in cases {
            let result = try await place.train([place.data(), data])
            expectRefusal(result, status: 65, saying: [data.path, words])
            #expect(!place.runExists)
        }
    }

    @Test("a message about hostile data is one line without control characters")
    func hostile() async throws {
        let place = try Workplace()
        let data = place.url.appending(path: "two\nlines\u{1B}[2J.jsonl")
        try Data("[1]".utf8).write(to: data)
        let result = try await place.train([data])
        expectRefusal(result, status: 65, saying: [#"two\nlines\u{1B}[2J.jsonl[0]"#])
        #expect(!result.errors.contains("\u{1B}"))
    }
}
