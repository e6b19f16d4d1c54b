import Files
import Foundation
import OrderedJSON
import TestSupport
import Testing
import Tokenizers

@testable import PreferenceData

/// Prepared data that are kept, and when they are taken.
@Suite struct DataCacheTests {
    let folder: TemporaryFolder
    var cache: DataCache { DataCache(folder: folder.url.appending(path: "cache/data")) }

    init() throws { folder = try TemporaryFolder() }

    static let rows = (0..<20).map {
        #"{"prompt": "p\#($0)", "chosen": "yes \#($0)", "rejected": "no"}"# + "\n"
    }.joined()

    func load(
        _ files: [URL],
        fingerprint: String? = "scalars",
        settings: DataSettings = DataSettings(),
        cache: DataCache? = nil
    ) throws -> PreferenceDataset {
        try PreferenceDataset.load(
            files.map { .path($0) },
            processor: TextProcessor(ScalarEncoder(), fingerprint: fingerprint),
            settings: settings,
            cache: cache ?? self.cache
        )
    }

    func isKept(_ dataset: PreferenceDataset) -> Bool {
        if case .kept = dataset.origin { true } else { false }
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: cache.folder.path)
    }

    @Test("the second time the same data are taken from the cache, and are the same")
    func hit() throws {
        let file = try folder.write("a.jsonl", Self.rows)
        let first = try load([file])
        #expect(!isKept(first))
        let second = try load([file])
        #expect(isKept(second))
        #expect(Array(first) == Array(second))
        #expect(first.report == second.report)
        #expect(Array(first.pairs) == Array(second.pairs))
        let plain = try PreferenceDataset.load([file], processor: TextProcessor(ScalarEncoder()))
        #expect(Array(plain) == Array(first))
        #expect(try names().count == 1)
    }

    @Test("names and dates do not matter, and places are told by the names of today")
    func renamed() throws {
        let rows = Self.rows + #"{"prompt": "p", "chosen": "", "rejected": "no"}"# + "\n"
        let settings = DataSettings(onBadRow: .skip)
        let old = try folder.write("old.jsonl", rows)
        _ = try load([old], settings: settings)
        let new = folder.url.appending(path: "new.jsonl")
        try FileManager.default.moveItem(at: old, to: new)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)],
            ofItemAtPath: new.path
        )
        let dataset = try load([new], settings: settings)
        #expect(isKept(dataset))
        #expect(dataset[3].source == RowSource(file: new.path, line: 4))
        #expect(dataset.report.skipped[0].places == [RowSource(file: new.path, line: 21)])
    }

    @Test("other contents, another order, another tokenizer and another setting are prepared anew")
    func misses() throws {
        let a = try folder.write("a.jsonl", Self.rows)
        let b = try folder.write(
            "b.jsonl",
            #"{"prompt": "q", "chosen": "yes", "rejected": "no"}"# + "\n"
        )
        #expect(!isKept(try load([a, b])))
        #expect(isKept(try load([a, b])))
        #expect(!isKept(try load([b, a])))
        #expect(!isKept(try load([a])))
        #expect(!isKept(try load([a, b], fingerprint: "other")))
        #expect(!isKept(try load([a, b], settings: DataSettings(maximumLength: 1023))))
        let changed = Self.rows.replacingOccurrences(of: "yes 7", with: "yes 8")
        _ = try folder.write("a.jsonl", changed)
        #expect(!isKept(try load([a, b])))
        #expect(isKept(try load([a, b])))
    }

    @Test("without a fingerprint, and from a pipe, nothing is kept")
    func notKept() throws {
        let file = try folder.write("a.jsonl", Self.rows)
        for _ in 0..<2 { #expect(!isKept(try load([file], fingerprint: nil))) }
        let pipe = folder.url.appending(path: "pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        let rows = Self.rows
        let writer = Thread {
            let handle = FileHandle(forWritingAtPath: pipe.path)
            handle?.write(Data(rows.utf8))
            try? handle?.close()
        }
        writer.start()
        let dataset = try load([pipe])
        #expect(dataset.count == 20)
        #expect(dataset.origin != .kept(pipe))
        #expect(!FileManager.default.fileExists(atPath: cache.folder.path))
    }

    @Test("a damaged file is told, not used and replaced")
    func damaged() throws {
        let file = try folder.write("a.jsonl", Self.rows)
        let good = Array(try load([file]))
        let place = cache.folder.appending(path: try names()[0])
        var bytes = try Data(contentsOf: place)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: place, options: .atomic)
        let dataset = try load([file])
        #expect(!isKept(dataset))
        #expect(dataset.notices.count == 1)
        #expect(dataset.notices.first?.contains("its checksum is another one") == true)
        #expect(Array(dataset) == good)
        #expect(isKept(try load([file])))
        // Torn, as where a disk lost its end.
        try bytes.prefix(1000).write(to: place, options: .atomic)
        #expect(!isKept(try load([file])))
    }

    @Test("a preparation that fails leaves nothing")
    func failure() throws {
        let file = try folder.write("a.jsonl", Self.rows + "no JSON\n")
        #expect(throws: DataError.self) { try load([file]) }
        #expect(try names() == [])
    }

    @Test("a folder that cannot be made is told, and the data are prepared without it")
    func unusableFolder() throws {
        let file = try folder.write("a.jsonl", Self.rows)
        let dataset = try load([file], cache: DataCache(folder: file.appending(path: "data")))
        #expect(dataset.count == 20)
        #expect(dataset.notices.count == 1)
        #expect(dataset.notices[0].hasPrefix("prepared data are not kept: "))
    }

    @Test("what was not used for the longest time goes beyond the limit")
    func limit() throws {
        var files: [URL] = []
        for name in ["a", "b", "c"] {
            let rows = Self.rows.replacingOccurrences(of: "no", with: "no \(name)")
            files.append(try folder.write(name, rows))
        }
        _ = try load([files[0]])
        let size = try #require(cache.entries.first?.byteCount)
        // Room for two and a bit; file names of another length may change the size a little.
        let small = DataCache(folder: cache.folder, byteLimit: 2 * size + size / 2)
        func age(_ seconds: Double) throws {
            let place = try #require(small.entries.first).url
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -seconds)],
                ofItemAtPath: place.path
            )
        }
        try age(300)
        _ = try load([files[1]], cache: small)
        try age(200)
        // Used again, the first is the younger one.
        #expect(isKept(try load([files[0]], cache: small)))
        _ = try load([files[2]], cache: small)
        #expect(small.entries.count == 2)
        #expect(isKept(try load([files[0]], cache: small)))
        #expect(!isKept(try load([files[1]], cache: small)))
        try small.clear()
        #expect(small.entries.isEmpty)
    }

    @Test("several at once prepare the same data without disturbing each other")
    func sameTime() async throws {
        let file = try folder.write("a.jsonl", Self.rows)
        let expected = try load([file], fingerprint: nil)
        try await withThrowingTaskGroup(of: PreferenceDataset.self) { group in
            for _ in 0..<8 { group.addTask { try load([file]) } }
            for try await dataset in group { #expect(Array(dataset) == Array(expected)) }
        }
        #expect(try names().count == 1)
    }

    @Test("the standard folder follows the environment, full paths only")
    func standardFolder() {
        func path(_ environment: [String: String]) -> String? {
            DataCache.standardFolder(environment: environment)?.path
        }
        let home = ["HOME": "/h"]
        #expect(path(home) == "/h/.cache/penchant/data")
        #expect(path(home.merging(["XDG_CACHE_HOME": "/x"]) { $1 }) == "/x/penchant/data")
        #expect(path(home.merging(["XDG_CACHE_HOME": "x"]) { $1 }) == "/h/.cache/penchant/data")
        #expect(
            path(home.merging(["XDG_CACHE_HOME": "/x", "PENCHANT_CACHE": "/p"]) { $1 })
                == "/p/data"
        )
        #expect(path([:]) == nil)
    }

    @Test("progress tells of all rows and bytes at the end")
    func progress() throws {
        let file = try folder.write("a.jsonl", Self.rows)
        nonisolated(unsafe) var last: PreparationProgress?
        _ = try PreferenceDataset.load(
            [.path(file)],
            processor: TextProcessor(ScalarEncoder())
        ) { last = $0 }
        #expect(last?.rows == 20)
        #expect(last?.bytesRead == Self.rows.utf8.count)
        #expect(last?.byteCount == Self.rows.utf8.count)
        #expect(last?.share == 1)
        #expect(last?.secondsLeft == 0)
        let half = PreparationProgress(rows: 1, bytesRead: 25, byteCount: 100, seconds: 2)
        #expect(half.secondsLeft == 6)
        #expect(PreparationProgress(rows: 1, bytesRead: 25, seconds: 2).secondsLeft == nil)
    }

    // MARK: What is in the key

    @Test("every setting is in the key")
    func everySetting() throws {
        var settings = DataSettings(vocabularySize: 1000, format: .text)
        settings.columns = ColumnMap([("prompt", "question")])
        let names = Mirror(reflecting: settings).children.compactMap(\.label)
        let object = try #require(JSONValue(parsing: settings.keyText).object)
        // A setting that its coding leaves out, or one that is nil here, fails this: give it a
        // value above.
        #expect(Set(object.members.map(\.key)) == Set(names))
    }

    @Test("a change of any setting changes the key")
    func settingsInKey() throws {
        let file = try folder.write("a", "x")
        var all: [DataSettings] = [DataSettings()]
        all.append(DataSettings(maximumLength: 5))
        all.append(DataSettings(maximumLength: nil))
        all.append(DataSettings(truncation: .keepEnd))
        all.append(DataSettings(scoredTokens: .all))
        all.append(DataSettings(emptyThinkingRemoval: 0.5))
        all.append(DataSettings(emptyThinkingRemoval: 0.5, seed: 1))
        all.append(DataSettings(onBadRow: .skip))
        all.append(DataSettings(appendsEndOfText: false))
        all.append(DataSettings(vocabularySize: 10))
        all.append(DataSettings(format: .text))
        all.append(DataSettings(columns: ColumnMap([("prompt", "question")])))
        all.append(DataSettings(columns: ColumnMap([("chosen", "question")])))
        let keys = try all.map {
            try DataKey(files: [file], fingerprint: "f", settings: $0).name
        }
        #expect(Set(keys).count == all.count)
    }

    @Test("where nothing is drawn, the seed is not in the key")
    func seed() throws {
        let texts = try [1, 2].map { try DataSettings(seed: $0).keyText }
        #expect(texts[0] == texts[1])
    }

    @Test("the files of the tokenizer and the template are in the fingerprint, others are not")
    func fingerprint() throws {
        let model = folder.url.appending(path: "model")
        try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: model.appending(path: name))
        }
        func fingerprint(_ behaviour: TokenizerBehaviour = .file) throws -> String {
            try TextProcessor.fingerprint(model, behaviour, template)
        }
        var template: URL?
        var seen: Set<String> = [try fingerprint()]
        #expect(seen.insert(try fingerprint(.transformers)).inserted)
        for name in [
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
            "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja",
        ] {
            try write(name, "{}")
            #expect(seen.insert(try fingerprint()).inserted, "\(name)")
            try write(name, #"{"a": 1}"#)
            #expect(seen.insert(try fingerprint()).inserted, "\(name)")
        }
        template = try folder.write("other.jinja", "{{ messages }}")
        #expect(seen.insert(try fingerprint()).inserted)
        template = try folder.write("other.jinja", "{{ messages[0] }}")
        #expect(seen.insert(try fingerprint()).inserted)
        let before = try fingerprint()
        for name in ["model.safetensors", "generation_config.json", "config.json", "README.md"] {
            try write(name, #"{"model_type": "llama"}"#)
        }
        #expect(try fingerprint() == before)
        // transformers chooses its class by the model's type, and by nothing else there.
        let llama = try fingerprint(.transformers)
        try write("config.json", #"{"model_type": "llama", "hidden_size": 8}"#)
        #expect(try fingerprint(.transformers) == llama)
        try write("config.json", #"{"model_type": "gemma"}"#)
        #expect(try fingerprint(.transformers) != llama)
    }
}
