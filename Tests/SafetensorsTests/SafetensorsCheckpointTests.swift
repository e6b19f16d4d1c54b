import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing

@Suite("SafetensorsCheckpoint")
struct SafetensorsCheckpointTests {
    let folder: TemporaryFolder
    var index: URL { folder.url.appending(path: "model.safetensors.index.json") }

    init() throws { folder = try TemporaryFolder() }

    /// Five tensors of 4, 4, 12, 0 and 2 bytes.
    func samples(seed: UInt8 = 1) throws -> [Sample] {
        [
            try Sample("e", .float32, [1], seed: seed),
            try Sample("d", .int32, [1], seed: seed),
            try Sample("c", .float32, [3], seed: seed),
            try Sample("b", .float32, [0], seed: seed),
            try Sample("a", .bfloat16, [1], seed: seed),
        ]
    }

    func write(_ samples: [Sample], limit: Int) throws {
        try SafetensorsWriter.writeCheckpoint(
            to: folder.url,
            entries: samples.map(\.entry),
            maximumShardByteCount: limit,
            bytes: source(samples)
        )
    }

    func expect(_ samples: [Sample], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let checkpoint = try SafetensorsCheckpoint(folder.url)
        #expect(checkpoint.entries == samples.map(\.entry), sourceLocation: sourceLocation)
        for sample in samples {
            #expect(
                try checkpoint.withBytes(of: sample.entry.name) { Array($0) } == sample.bytes,
                sourceLocation: sourceLocation
            )
        }
    }

    @Test("shards are filled in order, and a tensor larger than the limit has one of its own")
    func shards() throws {
        let samples = try samples()
        try write(samples, limit: 8)
        #expect(
            try folder.names() == [
                "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors", "model.safetensors.index.json",
            ]
        )
        try expect(samples)
        #expect(
            try String(contentsOf: index, encoding: .utf8) == """
                {
                  "metadata": {
                    "total_size": 22
                  },
                  "weight_map": {
                    "e": "model-00001-of-00003.safetensors",
                    "d": "model-00001-of-00003.safetensors",
                    "c": "model-00002-of-00003.safetensors",
                    "b": "model-00002-of-00003.safetensors",
                    "a": "model-00003-of-00003.safetensors"
                  }
                }

                """
        )
    }

    @Test("what fits the limit is one file without an index, also where there is nothing")
    func single() throws {
        try write(try samples(), limit: 22)
        #expect(try folder.names() == ["model.safetensors"])
        try expect(try samples())
        try write([], limit: 1)
        try expect([])
    }

    @Test("a file, an index and a folder can be opened; the keeper of a file keeps its bytes")
    func places() throws {
        let samples = try samples()
        try write(samples, limit: 8)
        #expect(try SafetensorsCheckpoint(index).entries.count == 5)
        let shard = folder.url.appending(path: "model-00002-of-00003.safetensors")
        #expect(try SafetensorsCheckpoint(shard).entries.map(\.name) == ["c", "b"])

        var checkpoint: SafetensorsCheckpoint? = try SafetensorsCheckpoint(folder.url)
        let kept = try #require(try checkpoint?.tensorBytes(of: "c"))
        #expect(checkpoint?.entry(named: "c") == samples[2].entry)
        #expect(checkpoint?.entry(named: "z") == nil)
        #expect(throws: SafetensorsError.self) { try checkpoint?.tensorBytes(of: "z") }
        checkpoint = nil
        #expect(withExtendedLifetime(kept.owner) { Array(kept.bytes) } == samples[2].bytes)
    }

    @Test("a new checkpoint leaves nothing of an older one that contradicts it")
    func replaced() throws {
        _ = try folder.write("config.json", "{}")
        _ = try folder.write("model-best.safetensors", "mine")
        let kept = ["config.json", "model-best.safetensors"]
        for (round, limit) in [8, 1, 22, 8, 22, 22].enumerated() {
            let samples = try samples(seed: UInt8(round))
            try write(samples, limit: limit)
            try expect(samples)
            let shardCount = [8: 3, 1: 4, 22: 1][limit] ?? 0
            #expect(try folder.names().count == kept.count + shardCount + (shardCount > 1 ? 1 : 0))
            #expect(try Set(folder.names()).isSuperset(of: kept))
        }
    }

    @Test("a checkpoint that fails half way leaves the old one whole")
    func failure() throws {
        struct Stop: Error {}
        let old = try samples()
        try write(old, limit: 8)
        let before = try folder.names()
        #expect(throws: Stop.self) {
            try SafetensorsWriter.writeCheckpoint(
                to: folder.url,
                entries: old.map(\.entry),
                maximumShardByteCount: 8
            ) { entry, write in
                if entry.name == "a" { throw Stop() }
                try [UInt8](repeating: 9, count: entry.byteCount).withUnsafeBytes { try write($0) }
            }
        }
        #expect(try folder.names() == before)
        try expect(old)
    }

    @Test("a limit that is not positive is refused")
    func limit() throws {
        let error = #expect(throws: SafetensorsError.self) { try write([], limit: 0) }
        #expect(error?.kind == .shardSizeNotPositive(0))
    }

    @Test("a folder without a checkpoint is told so")
    func nothing() throws {
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsCheckpoint(folder.url)
        }
        #expect(
            error?.description
                == "\(folder.url.path): no weights are in this folder: neither model.safetensors nor"
                + " pytorch_model.bin, nor an index of either, nor one .pth file"
        )
    }

    @Test("a link to a file elsewhere is followed, as in the hub's cache")
    func links() throws {
        let elsewhere = try TemporaryFolder()
        let sample = try Sample("c", .float32, [3])
        let blob = elsewhere.url.appending(path: "blob")
        try SafetensorsWriter.write(to: blob, entries: [sample.entry], bytes: source([sample]))
        try FileManager.default.createSymbolicLink(
            at: folder.url.appending(path: "model-00001-of-00001.safetensors"),
            withDestinationURL: blob
        )
        _ = try folder.write(
            index.lastPathComponent,
            #"{"weight_map":{"c":"model-00001-of-00001.safetensors"}}"#
        )
        try expect([sample])
    }

    static let badIndices: [(String, String)] = [
        ("{", "the index is not JSON: line 1, column 2: a key is expected here"),
        (
            #"{"weight_map":{"a":"x","a":"y"}}"#,
            #"the index is not JSON: line 1, column 24: the key "a" stands twice"#
        ),
        ("[]", "the index has no weight_map, an object from tensor names to file names"),
        (
            #"{"weight_map":["a"]}"#,
            "the index has no weight_map, an object from tensor names to file names"
        ),
        (
            #"{"weight_map":{"a":1}}"#,
            #"tensor "a": the index has no weight_map, an object from tensor names to file names"#
        ),
        (
            #"{"weight_map":{"a":"none.safetensors"}}"#,
            #"the index names the file "none.safetensors", which is not there"#
        ),
        (
            #"{"weight_map":{"z":"one.safetensors"}}"#,
            #"tensor "z": the index says that it is in "one.safetensors", but it is not"#
        ),
        (
            #"{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}"#,
            #"tensor "a": it is in two files, "one.safetensors" and "two.safetensors""#
        ),
        (
            #"{"weight_map":{"a":"one.safetensors","c":"one.safetensors","d":"three.safetensors"}}"#,
            #"tensor "c": the index says that it is in "one.safetensors", but it is not"#
        ),
    ]

    @Test("an index that lies is refused, with what is wrong", arguments: badIndices)
    func badIndex(_ text: String, _ message: String) throws {
        for (name, tensors) in [("one", ["a"]), ("two", ["a", "b"]), ("three", ["c", "d"])] {
            let samples = try tensors.map { try Sample($0, .int8, [1]) }
            try SafetensorsWriter.write(
                to: folder.url.appending(path: "\(name).safetensors"),
                entries: samples.map(\.entry),
                bytes: source(samples)
            )
        }
        _ = try folder.write(index.lastPathComponent, text)
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsCheckpoint(folder.url)
        }
        #expect(error?.description == "\(index.path): \(message)")
    }

    @Test(
        "an index that leads outside its folder is refused",
        arguments: [
            "../x.safetensors", "/etc/passwd", "a/../../x", "..", ".", "", "a//b", "a/",
            "model\u{0}.safetensors",
        ]
    )
    func outside(_ shard: String) throws {
        let map: JSONValue = ["weight_map": ["a": .string(shard)]]
        _ = try folder.write(index.lastPathComponent, map.text)
        let error = #expect(throws: SafetensorsError.self) {
            try SafetensorsCheckpoint(folder.url)
        }
        #expect(error?.kind == .shardOutsideFolder(shard: shard))
    }
}
