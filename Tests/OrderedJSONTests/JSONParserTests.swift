import Foundation
import OrderedJSON
import TestSupport
import Testing

@Suite("JSON parser")
struct JSONParserTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", .null), ("true", true), (" \t\r\n false \n", false),
        ("[]", []), ("[ ]", []), ("{}", [:]), ("{ }", [:]), (#""""#, ""),
        ("[1,2 , 3]", [1, 2, 3]), ("[[],[{}]]", [[], [[:]]]),
        (#"{"b":1,"a":{"c":[null]}}"#, ["b": 1, "a": ["c": [.null]]]),
        (#"{"":0}"#, ["": 0]),
        // Numbers: an integer where it is written as one and fits 64 bits.
        ("0", .integer(0)), ("-0", .integer(0)), ("-1", .integer(-1)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
        ("123456789012345678901234567890", .number(1.2345678901234568e29)),
        ("0.0", .number(0)), ("1.0", .number(1)), ("0.1e+5", .number(10_000)),
        ("1e3", .number(1000)), ("1E-3", .number(0.001)), ("-1.5e2", .number(-150)),
        ("1e308", .number(1e308)), ("1e-400", .number(0)),
        ("5e-324", .number(.leastNonzeroMagnitude)),
        // Strings: every escape, pairs of surrogates, characters as they are.
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u00E9\u0000""#, "Aéé\u{0}"),
        (#""\ud83d\ude00 \uD83D\uDE00""#, "😀 😀"),
        ("\"é😀\u{7F}\u{2028}\"", "é😀\u{7F}\u{2028}"),
        (#""a\u005c\u0022""#, #"a\""#),
    ]

    @Test("what RFC 8259 allows is read", arguments: accepted)
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test("minus zero with a fraction keeps its sign")
    func minusZero() throws {
        #expect(try JSONValue(parsing: "-0.0").double?.sign == .minus)
    }

    static let refused: [(String, Int, String)] = [
        ("", 1, "the text ends too early"), ("  ", 3, "the text ends too early"),
        ("[", 2, "the text ends too early"), ("[1", 3, "the text ends too early"),
        ("[1,", 4, "the text ends too early"), (#"{"a":"#, 6, "the text ends too early"),
        (#"{"a":1"#, 7, "the text ends too early"),
        ("{", 2, "a key is expected here"), ("{1:2}", 2, "a key is expected here"),
        ("{a:1}", 2, "a key is expected here"), (#"{"a":1,}"#, 8, "a key is expected here"),
        (#"{"a" 1}"#, 6, #"a ":" is expected here"#), (#"{"a"}"#, 5, #"a ":" is expected here"#),
        ("[1 2]", 4, #"a "," or "]" is expected here"#),
        (#"{"a":1]"#, 7, #"a "," or "}" is expected here"#),
        ("[1,]", 4, "a value is expected here"), ("[,1]", 2, "a value is expected here"),
        ("]", 1, "a value is expected here"), ("tru", 1, "a value is expected here"),
        ("True", 1, "a value is expected here"), ("'a'", 1, "a value is expected here"),
        ("// no", 1, "a value is expected here"), ("\u{FEFF}1", 1, "a value is expected here"),
        ("\u{A0}1", 1, "a value is expected here"), ("\u{0}", 1, "a value is expected here"),
        ("NaN", 1, "a value is expected here"), ("Infinity", 1, "a value is expected here"),
        ("nullx", 5, "something follows the value"), ("1 2", 3, "something follows the value"),
        ("{}}", 3, "something follows the value"), ("0x10", 2, "something follows the value"),
        ("1\u{0}", 2, "something follows the value"),
        ("-Infinity", 2, "a digit is expected here"), ("-", 2, "a digit is expected here"),
        ("1.", 3, "a digit is expected here"), ("1.e1", 3, "a digit is expected here"),
        ("1e", 3, "a digit is expected here"), ("1e+", 4, "a digit is expected here"),
        (".5", 1, "a value is expected here"), ("+1", 1, "a value is expected here"),
        ("01", 1, "a number begins with 0"), ("[-01]", 2, "a number begins with 0"),
        ("1e400", 1, "the number is too large"), ("[0,-1e400]", 4, "the number is too large"),
        (#""a"#, 1, "a string is not closed"), (#"["a\""#, 2, "a string is not closed"),
        ("\"a\tb\"", 3, "a control character inside a string"),
        ("\"\\n\n\"", 4, "a control character inside a string"),
        (#""\x""#, 3, "an unknown escape"), (#""\U0041""#, 3, "an unknown escape"),
        (#""\u12""#, 4, "four hexadecimal digits are expected here"),
        (#""\u12g4""#, 4, "four hexadecimal digits are expected here"),
        (#""\u+041""#, 4, "four hexadecimal digits are expected here"),
        (#""\u-000""#, 4, "four hexadecimal digits are expected here"),
        (#""\ud83d""#, 4, "half a surrogate pair"), (#""\ude00""#, 4, "half a surrogate pair"),
        (#""\ud83dx""#, 4, "half a surrogate pair"),
        (#""\ud83d\u0041""#, 4, "half a surrogate pair"),
        (#""\ud83d\ud83d\ude00""#, 4, "half a surrogate pair"),
        (#""\ud83d\u12""#, 10, "four hexadecimal digits are expected here"),
    ]

    @Test("what RFC 8259 does not allow is refused, with its place", arguments: refused)
    func refuses(_ text: String, _ column: Int, _ problem: String) throws {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.description == "line 1, column \(column): \(problem)")
    }

    @Test("lines are counted, and columns from their beginning, in bytes")
    func place() {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: "{\r\n  \"é\": [1,\n\"é\", x]}")
        }
        #expect(error?.line == 3)
        #expect(error?.column == 7)
    }

    @Test(
        "a string that is not UTF-8 is refused",
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0x5C, 0x6E, 0x80],
        ] as [[UInt8]]
    )
    func invalidUTF8(_ content: [UInt8]) throws {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: [0x22] + content + [0x22])
        }
        #expect(error?.description == "line 1, column 2: a string is not UTF-8")
    }

    @Test("lists and objects lie in each other so deep and no deeper")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        let value = try JSONValue(parsing: nested(513))
        #expect(value.text == nested(513))
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(514)) }
        #expect(error?.problem == "more than 512 levels")
        let objects = String(repeating: #"{"a":"#, count: 100_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: objects) }
        let small = Array("[[[]]]".utf8)
        #expect(throws: JSONError.self) {
            try small.withUnsafeBytes { try JSONValue(parsing: $0, maximumDepth: 1) }
        }
    }

    @Test("of a key that stands twice the last value holds, unless keys must be unique")
    func keysTwice() throws {
        let text = #"{"a":1,"b":{"a":2,"a\n":3,"a\n":4}}"#
        #expect(try JSONValue(parsing: text)["b"]?["a\n"] == 4)
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: text, uniqueKeys: true)
        }
        #expect(error?.description == #"line 1, column 27: the key "a\n" stands twice"#)
    }

    @Test("keys that differ only in how their accents are composed are two keys")
    func canonicalEquivalence() throws {
        // U+00E9, and "e" with U+0301: one character to Swift, two entries of a vocabulary.
        let text = #"{"\u00e9":1,"e\u0301":2}"#
        let value = try JSONValue(parsing: text, uniqueKeys: true)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
        #expect(value != ["e\u{301}": 1, "\u{E9}": 2])
        var object = try #require(value.object)
        object["e\u{301}"] = nil
        #expect(object == JSONObject([("\u{E9}", 1)]))
    }

    @Test("a text cut off anywhere, or with a byte changed, is read or refused, never a crash")
    func damaged() throws {
        let whole = Array(#"{"a":[1,-2.5e3,"x\u00e9\n😀"],"b":{"c":null,"d":true}}"#.utf8)
        for count in 0..<whole.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(whole.prefix(count))) }
        }
        for index in whole.indices {
            for change in UInt8.min...UInt8.max {
                var bytes = whole
                bytes[index] = change
                do {
                    let value = try JSONValue(parsing: bytes)
                    #expect(try JSONValue(parsing: value.text) == value)
                } catch is JSONError {}
            }
        }
    }

    @Test("an error in a file names the file")
    func files() throws {
        let folder = try TemporaryFolder()
        let url = try folder.write("config.json", "{\n]")
        let error = #expect(throws: JSONFileError.self) { try JSONValue(contentsOf: url) }
        #expect(error?.description == "\(url.path), line 2, column 1: a key is expected here")
        _ = try folder.write("config.json", "[1]\n")
        #expect(try JSONValue(contentsOf: url) == [1])
        #expect(throws: (any Error).self) { try JSONValue(contentsOf: folder.url) }
    }
}
