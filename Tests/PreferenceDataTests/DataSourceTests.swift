import Files
import Foundation
import PreferenceData
import TestSupport
import Testing
import TokenTrees

@Suite struct DataSourceTests {
    /// A row that is told from others by its chosen answer.
    private static func row(_ id: Int) -> String {
        #"{"prompt_ids": [1], "chosen_ids": [\#(id)], "rejected_ids": [0]}"#
    }

    /// The chosen answers of all rows, in order.
    private func read(_ sources: DataSource...) throws -> [Int32] {
        try PreferenceDataset.load(sources, processor: nil).pairs.map { $0.chosen.tokens[1] }
    }

    /// What is wrong with a file of this content.
    private func complaint(_ content: Data, name: String = "a.jsonl") throws -> DataError? {
        let folder = try TemporaryFolder()
        let file = try folder.write(name, content)
        return #expect(throws: DataError.self) {
            try PreferenceDataset.load([file], processor: nil)
        }
    }

    @Test("a folder's data files are read in the order of the bytes of their names, others are not")
    func folder() throws {
        let folder = try TemporaryFolder()
        // "B" is 42, "a" is 61, and "10" comes before "9".
        for (id, name) in ["10.jsonl", "9.ndjson", "B.jsonl", "a.json"].enumerated() {
            _ = try folder.write(name, Self.row(id + 1))
        }
        _ = try folder.write(".hidden.jsonl", Self.row(100))
        _ = try folder.write("README.md", "# Data")
        let inner = folder.url.appending(path: "more.jsonl", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
        try Data(Self.row(101).utf8).write(to: inner.appending(path: "a.jsonl"))
        let other = try TemporaryFolder()
        let file = try other.write("first.jsonl", Self.row(7))
        #expect(try read(.path(file), .path(folder.url)) == [7, 1, 2, 3, 4])
        #expect(try read(.path(folder.url), .path(file)) == [1, 2, 3, 4, 7])
    }

    @Test("a folder without data files is an error that says what is looked for")
    func emptyFolder() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("train.parquet", "PAR1")
        let error = #expect(throws: DataError.self) {
            try PreferenceDataset.load([folder.url], processor: nil)
        }
        #expect(
            error?.description == "\(folder.url.path): the folder has no data files (but "
                + "train.parquet) (looked for: .jsonl, .jsonl.gz, .json, .json.gz, .ndjson, "
                + ".ndjson.gz)"
        )
    }

    @Test("a path is one, and - is standard input")
    func arguments() {
        #expect(DataSource(argument: "-") == .standardInput)
        #expect(DataSource(argument: "-").name == "standard input")
        #expect(DataSource(argument: "/a/b").url?.path == "/a/b")
    }

    @Test("a JSON list is read as rows, with the line on which each begins")
    func list() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a.json",
            """
            \u{FEFF}
             [\(Self.row(1)), \(Self.row(2)),
              {
                "prompt_ids": [1],
                "text": "] } \\" \\\\",
                "chosen_ids": [3], "rejected_ids": [0]
              }

            ,\(Self.row(4))
            ]

            """
        )
        let dataset = try PreferenceDataset.load([file], processor: nil)
        #expect(dataset.pairs.map { $0.chosen.tokens[1] } == [1, 2, 3, 4])
        #expect(dataset.pairs.map(\.source.line) == [2, 2, 3, 9])
    }

    @Test("a list of many elements gives the same rows as lines, however chunks cut it")
    func longList() throws {
        let folder = try TemporaryFolder()
        // About 60 bytes each, in one line: some five chunks of a quarter of a mebibyte.
        let rows = (1...20_000).map { Self.row($0) }
        let file = try folder.write("a.json", "[" + rows.joined(separator: ",") + "]")
        #expect(try read(.path(file)) == Array(1...20_000))
    }

    @Test("an error inside a list's element is told with its line and column in the file")
    func badElements() throws {
        let first = try complaint(Data("[\(Self.row(1)),\n  {\"a\": tru}]".utf8))
        #expect(first?.source.line == 2)
        //   {"a": tru}: the word begins in column 9.
        #expect(first?.reason == .notJSON(problem: "a value is expected here", column: 9))
        let later = try complaint(Data("[\n{\n \"a\":\n  tru}]".utf8))
        #expect(later?.source.line == 2)
        #expect(later?.reason == .notJSON(problem: "a value is expected here", line: 4, column: 3))
        #expect(
            later?.description.contains("[0]: not JSON: line 4, column 3: a value is expected here")
                == true
        )
        let number = try complaint(Data("[\(Self.row(1)), 12]".utf8))
        #expect(number?.reason == .notAnObject(found: "a number"))
    }

    @Test(
        "a list that cannot be split is told with its place",
        arguments: [
            ("[ROW", 1, 61, "the list is not closed"),
            ("[ROW,", 1, 62, "the list is not closed"),
            ("[ROW\nROW]", 2, 1, "a \",\" or \"]\" is expected here"),
            ("[ROW,\n]", 2, 1, "an element is expected here"),
            ("[,ROW]", 1, 2, "an element is expected here"),
            ("[ROW]\n ROW", 2, 2, "something follows the list"),
            ("[ROW,\n {\"a\": 1", 2, 2, "what begins here is not closed"),
            ("[ROW, {\"a\": \"b\n\"}]", 1, 71, "a control character inside a string"),
            ("[", 1, 2, "the list is not closed"),
            ("[ROW}]", 1, 61, "a \",\" or \"]\" is expected here"),
        ]
    )
    func brokenLists(content: String, line: Int, column: Int, problem: String) throws {
        // The row is 59 bytes long.
        let content = content.replacing("ROW", with: Self.row(1))
        let error = try complaint(Data(content.utf8))
        #expect(error?.source.line == line)
        #expect(error?.reason == .brokenList(problem: problem, column: column))
    }

    @Test("an empty list has no rows")
    func emptyList() throws {
        #expect(try complaint(Data(" [ ] ".utf8))?.reason == .noRows)
    }

    @Test("an object over several lines is told as such")
    func objectOverLines() throws {
        let error = try complaint(Data("{\n  \"chosen\": \"a\"\n}".utf8))
        #expect(error?.source.line == 1)
        #expect(error?.reason == .objectOverLines)
    }

    @Test("what is no JSON is told by its first bytes or its name, with what to do")
    func foreignFiles() throws {
        let parquet = try complaint(Data("PAR1....".utf8), name: "rows")
        #expect(parquet?.reason == .foreignFile(.parquet))
        let path = try #require(parquet?.source.file)
        #expect(
            parquet?.description == "\(path): the file is a Parquet file (convert it: python3 -c "
                + "\"import pandas as pd; pd.read_parquet('\(path)').to_json('\(path).jsonl', "
                + "orient='records', lines=True, force_ascii=False)\")"
        )
        let kinds: [(Data, String, ForeignFile)] = [
            (Data("x".utf8), "a.parquet", .parquet),
            (Data("ARROW1\0\0".utf8), "a", .arrow(isStream: false)),
            (Data([0xFF, 0xFF, 0xFF, 0xFF]), "a.arrow", .arrow(isStream: true)),
            (Data("prompt,chosen".utf8), "a.csv", .table(isTabbed: false)),
            (Data("prompt\tchosen".utf8), "a.TSV", .table(isTabbed: true)),
            (Data([0x28, 0xB5, 0x2F, 0xFD, 0]), "a.jsonl.zst", .compressed(program: "zstd -d")),
            (Data("BZh9".utf8), "a", .compressed(program: "bzip2 -d")),
            (Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), "a", .compressed(program: "xz -d")),
            (Data("PK\u{3}\u{4}".utf8), "a", .compressed(program: "unzip")),
            (Data([0xFF, 0xFE, 0x7B, 0]), "a", .wideText),
            (Data([0xFE, 0xFF, 0, 0x7B]), "a", .wideText),
            (Data([0x7B, 0, 0x22, 0]), "a", .wideText),
            (Data([0, 0x5B, 0, 0x7B]), "a", .wideText),
        ]
        for (content, name, kind) in kinds {
            #expect(try complaint(content, name: name)?.reason == .foreignFile(kind), "\(name)")
        }
    }

    @Test("a path that a shell would misread is not put into the advice")
    func oddPath() throws {
        let error = try complaint(Data("PAR1".utf8), name: "a'b.parquet")
        #expect(error?.description.contains("read_parquet('FILE')") == true)
    }
}
