import Foundation
import Safetensors
import TestSupport
import Testing

@Suite("SafetensorsFile")
struct SafetensorsFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("tensors come in the order of their data, whatever the order of the header")
    func dataOrder() throws {
        let url = try folder.write(
            "a.safetensors",
            safetensors(
                """
                {"last":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},\
                "first":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
                """,
                data: 6
            )
        )
        let file = try SafetensorsFile(url)
        #expect(file.entries.map(\.name) == ["first", "last"])
        #expect(try file.withBytes(of: "last", \.count) == 2)
        #expect(file.entry(named: "last")?.element == .uint8)
        #expect(file.entry(named: "none") == nil)
        #expect(file.metadata.isEmpty)
    }

    @Test("a tensor at an odd address is handed out as it lies")
    func unaligned() throws {
        // A header of odd length, as no good writer makes it, and a byte before the float.
        let header = """
            {"b":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},\
            "f":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}
            """
        var bytes = safetensors(header, data: 1)
        bytes.append(contentsOf: [0, 0, 0xC0, 0x3F])
        let file = try SafetensorsFile(try folder.write("a.safetensors", bytes))
        #expect(try file.withBytes(of: "f") { $0.loadUnaligned(as: Float.self) } == 1.5)
    }

    @Test("metadata may be missing, null or empty; unknown fields of an entry are passed over")
    func leniency() throws {
        for metadata in ["", #""__metadata__":null,"#, #""__metadata__":{},"#] {
            let header =
                "{\(metadata)"
                + #""a":{"dtype":"I8","shape":[],"data_offsets":[0,1],"more":[]}}"#
            let file = try SafetensorsFile(
                try folder.write("a.safetensors", safetensors(header, data: 1))
            )
            #expect(file.metadata.isEmpty)
            #expect(file.entries.count == 1)
        }
        let empty = try SafetensorsFile(try folder.write("e.safetensors", safetensors("{}")))
        #expect(empty.entries.isEmpty)
    }

    @Test("a tensor that is not there is named")
    func noSuchTensor() throws {
        let url = try folder.write("a.safetensors", safetensors("{}"))
        let file = try SafetensorsFile(url)
        let error = #expect(throws: SafetensorsError.self) {
            try file.tensorBytes(of: "lm_head.weight")
        }
        #expect(
            error?.description == "\(url.path): tensor \"lm_head.weight\": there is no such tensor"
        )
    }

    @Test("every file with a byte changed or cut off is read or refused, never a crash")
    func damaged() throws {
        let whole = [UInt8](
            safetensors(
                """
                {"__metadata__":{"format":"pt"},\
                "a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},\
                "b":{"dtype":"BOOL","shape":[],"data_offsets":[8,9]}}
                """,
                data: 9
            )
        )
        var refused = 0
        var read = 0
        func attempt(_ bytes: some Sequence<UInt8>) throws {
            let url = try folder.write("damaged.safetensors", Data(bytes))
            do {
                let file = try SafetensorsFile(url)
                for entry in file.entries {
                    #expect(try file.withBytes(of: entry.name, \.count) == entry.byteCount)
                }
                read += 1
            } catch let error as SafetensorsError {
                #expect(error.description.hasPrefix("\(url.path): "))
                #expect(!error.description.contains("\n"))
                refused += 1
            }
        }
        for count in 0..<whole.count { try attempt(whole.prefix(count)) }
        #expect(read == 0)
        for index in whole.indices {
            for change: UInt8 in [0x01, 0x10, 0x80, 0xFF] {
                var bytes = whole
                bytes[index] ^= change
                try attempt(bytes)
            }
        }
        // Changes in the data, in names and in metadata go unseen; most others do not.
        #expect(read > 9 * 4)
        #expect(refused > whole.count)
    }

    @Test(
        "the small pretrained models are read whole",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.hint))
    )
    func conformance() throws {
        let models = try Conformance.file("models")
        for name in try FileManager.default.contentsOfDirectory(atPath: models.path) {
            let url = models.appending(path: name)
            guard FileManager.default.fileExists(atPath: url.appending(path: "config.json").path)
            else { continue }
            let checkpoint = try SafetensorsCheckpoint(url)
            #expect(!checkpoint.entries.isEmpty, "\(name)")
            for entry in checkpoint.entries {
                #expect(try checkpoint.withBytes(of: entry.name, \.count) == entry.byteCount)
                #expect(entry.shape.reduce(1, *) == entry.elementCount)
            }
        }
    }
}
