import Foundation
import Safetensors
import TestSupport
import Testing

/// A file that must be refused, and what is said of it after the path.
struct HostileFile: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: Data
    let message: String

    init(_ what: String, _ bytes: Data, _ message: String) {
        testDescription = what
        self.bytes = bytes
        self.message = message
    }

    /// A file with one tensor "w", whose entry is this text, and so many bytes of data.
    init(_ what: String, w entry: String, data: Int = 4, _ message: String) {
        self.init(what, safetensors(#"{"w":\#(entry)}"#, data: data), #"tensor "w": "# + message)
    }

    static func length(_ length: UInt64) -> Data {
        withUnsafeBytes(of: length.littleEndian) { Data($0) }
    }

    static func two(_ first: (Int, Int), _ second: (Int, Int), data: Int) -> Data {
        safetensors(
            """
            {"a":{"dtype":"U8","shape":[\(first.1 - first.0)],\
            "data_offsets":[\(first.0),\(first.1)]},\
            "b":{"dtype":"U8","shape":[\(second.1 - second.0)],\
            "data_offsets":[\(second.0),\(second.1)]}}
            """,
            data: data
        )
    }
}

extension HostileFile {
    static let framing: [HostileFile] = [
        .init(
            "an empty file",
            Data(),
            "not a safetensors file: 0 bytes, at least 8 are needed"
        ),
        .init(
            "seven bytes",
            Data(count: 7),
            "not a safetensors file: 7 bytes, at least 8 are needed"
        ),
        .init(
            "a header that is not there",
            length(3) + Data("{}".utf8),
            "the header should have 3 bytes, but only 2 follow:"
                + " the file is cut short or not a safetensors file"
        ),
        .init(
            "a header above the limit",
            length(100_000_001),
            "the header should have 100000001 bytes, more than the 100000000 that are allowed:"
                + " not a safetensors file"
        ),
        .init(
            "the greatest length there is",
            length(.max),
            "the header should have 18446744073709551615 bytes, more than the 100000000 that are"
                + " allowed: not a safetensors file"
        ),
        .init(
            "no header",
            length(0),
            "the header is not JSON: line 1, column 1: the text ends too early"
        ),
        .init(
            "a header that is not JSON",
            safetensors("{'a': 1}"),
            "the header is not JSON: line 1, column 2: a key is expected here"
        ),
        .init(
            "something after the header's object",
            safetensors("{} x"),
            "the header is not JSON: line 1, column 4: something follows the value"
        ),
        .init(
            "a name that is not UTF-8",
            safetensors(Data([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])),
            "the header is not JSON: line 1, column 3: a string is not UTF-8"
        ),
        .init(
            "a header as deep as the sea",
            safetensors(String(repeating: "[", count: 100_000)),
            "the header is not JSON: line 1, column 514: more than 512 levels"
        ),
        .init(
            "a list as the header",
            safetensors("[]"),
            "the header should be an object, but is a list"
        ),
        .init(
            "metadata that are a list",
            safetensors(#"{"__metadata__":[]}"#),
            "__metadata__ should be an object whose values are strings"
        ),
        .init(
            "a number among the metadata",
            safetensors(#"{"__metadata__":{"epoch":1}}"#),
            "__metadata__ should be an object whose values are strings"
        ),
        .init(
            "a name twice",
            safetensors(
                """
                {"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},\
                "w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}
                """,
                data: 2
            ),
            #"tensor "w": the name stands twice"#
        ),
        .init(
            "a name over two lines",
            safetensors(#"{"a\nb":1}"#),
            #"tensor "a\nb": the entry should be an object, but is a number"#
        ),
        .init(
            "a name without end",
            safetensors("{\"\(String(repeating: "x", count: 5000))\":1}"),
            "tensor \"\(String(repeating: "x", count: 120))…\":"
                + " the entry should be an object, but is a number"
        ),
    ]

    static let entries: [HostileFile] = [
        .init(
            "no dtype",
            w: #"{"shape":[1],"data_offsets":[0,4]}"#,
            "the entry has no dtype, or it is of the wrong kind"
        ),
        .init(
            "a number as dtype",
            w: #"{"dtype":32,"shape":[1],"data_offsets":[0,4]}"#,
            "the entry has no dtype, or it is of the wrong kind"
        ),
        .init(
            "an unknown dtype",
            w: #"{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}"#,
            #"unknown dtype "F8_E4M3" (known: "#
                + "F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL)"
        ),
        .init(
            "no shape",
            w: #"{"dtype":"F32","data_offsets":[0,4]}"#,
            "the entry has no shape, or it is of the wrong kind"
        ),
        .init(
            "no data_offsets",
            w: #"{"dtype":"F32","shape":[1]}"#,
            "the entry has no data_offsets, or it is of the wrong kind"
        ),
        .init(
            "offsets that end before they begin",
            w: #"{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#,
            "data_offsets end at 0, before their start at 4"
        ),
        .init(
            "offsets beyond the file",
            w: #"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#,
            "data_offsets end at 8, but the file has 4 bytes of data: it is cut short or damaged"
        ),
        .init(
            "the greatest offsets there are",
            w: #"""
                {"dtype":"U8","shape":[1],\#
                "data_offsets":[9223372036854775806,9223372036854775807]}
                """#,
            "data_offsets end at 9223372036854775807, but the file has 4 bytes of data:"
                + " it is cut short or damaged"
        ),
        .init(
            "fewer bytes than the shape needs",
            w: #"{"dtype":"F32","shape":[2],"data_offsets":[0,4]}"#,
            "shape and dtype need 8 bytes, data_offsets have 4"
        ),
        .init(
            "more bytes than the shape needs",
            w: #"{"dtype":"F16","shape":[],"data_offsets":[0,4]}"#,
            "shape and dtype need 2 bytes, data_offsets have 4"
        ),
        .init(
            "a shape whose product overflows",
            w: #"{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,4]}"#,
            "the shape [4294967296, 4294967296] has more bytes than 64 bits can count"
        ),
        .init(
            "a shape whose bytes overflow though its product does not",
            w: #"{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,4]}"#,
            "the shape [2305843009213693952] has more bytes than 64 bits can count"
        ),
    ]

    static let shapes = ["2", "null", "{}", "[-1]", "[1.0]", "[1e0]", "[\"1\"]", "[[1]]", "[1e30]"]
        .map {
            HostileFile(
                "the shape \($0)",
                w: #"{"dtype":"F32","shape":\#($0),"data_offsets":[0,4]}"#,
                "the shape should be a list of non-negative integers"
            )
        }

    static let offsets = ["4", "null", "[]", "[4]", "[0,4,4]", "[-4,0]", "[0,4.0]", "[\"0\",4]"]
        .map {
            HostileFile(
                "the offsets \($0)",
                w: #"{"dtype":"F32","shape":[1],"data_offsets":\#($0)}"#,
                "data_offsets should be two non-negative integers, start and end"
            )
        }

    static let coverage: [HostileFile] = [
        .init(
            "overlapping tensors",
            two((0, 4), (3, 6), data: 6),
            #"tensor "b": its bytes overlap those of "a""#
        ),
        .init(
            "two tensors in one place",
            two((0, 4), (0, 4), data: 4),
            #"tensor "b": its bytes overlap those of "a""#
        ),
        .init(
            "an empty tensor inside another",
            two((0, 4), (2, 2), data: 4),
            #"tensor "b": its bytes overlap those of "a""#
        ),
        .init(
            "a hole between tensors",
            two((0, 2), (4, 6), data: 6),
            #"tensor "b": 2 bytes before its data belong to no tensor"#
        ),
        .init(
            "a hole before the first tensor",
            two((1, 2), (2, 6), data: 6),
            #"tensor "a": 1 bytes before its data belong to no tensor"#
        ),
        .init(
            "bytes after the last tensor",
            two((0, 2), (2, 6), data: 7),
            "1 bytes after the last tensor belong to no tensor"
        ),
        .init(
            "data without tensors",
            safetensors("{}", data: 3),
            "3 bytes after the last tensor belong to no tensor"
        ),
    ]
}

@Suite("Hostile safetensors files")
struct HostileHeaderTests {
    @Test(
        "a file that lies is refused, with its name and the tensor's",
        arguments: HostileFile.framing + HostileFile.entries + HostileFile.shapes
            + HostileFile.offsets + HostileFile.coverage
    )
    func refused(_ hostile: HostileFile) throws {
        let folder = try TemporaryFolder()
        let url = try folder.write("model.safetensors", hostile.bytes)
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(url) }
        #expect(error?.description == "\(url.path): \(hostile.message)")
    }

    @Test("a file that is missing, and a folder in its place, are told by the system's word")
    func missing() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "none.safetensors")
        #expect(throws: (any Error).self) { try SafetensorsFile(url) }
        #expect(throws: (any Error).self) { try SafetensorsFile(folder.url) }
    }
}
