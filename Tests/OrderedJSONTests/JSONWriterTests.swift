import OrderedJSON
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    static let texts: [(JSONValue, String)] = [
        (.null, "null"), (true, "true"), ([], "[]"), ([:], "{}"),
        (["b": [1, -2], "a": ["c": .null]], #"{"b":[1,-2],"a":{"c":null}}"#),
        (.integer(.min), "-9223372036854775808"), (.integer(.max), "9223372036854775807"),
        (0.1, "0.1"), (1.0, "1.0"), (-0.0, "-0.0"), (1e16, "1e+16"), (1e-7, "1e-07"),
        (.number(.leastNonzeroMagnitude), "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (.number(.nan), "null"), (.number(.infinity), "null"),
        ("\"\\/\n\r\t", #""\"\\/\n\r\t""#), ("\u{0}\u{8}\u{1F}", #""\u0000\u0008\u001f""#),
        ("\r\n", #""\r\n""#), ("é😀\u{7F}\u{2028}", "\"é😀\u{7F}\u{2028}\""),
        (["a\"\n": 1], #"{"a\"\n":1}"#),
    ]

    @Test("values become text without blanks, in the order of their keys", arguments: texts)
    func text(_ value: JSONValue, _ text: String) {
        #expect(value.text == text)
    }

    @Test("text over several lines has two blanks a level and a newline at its end")
    func indented() throws {
        let value: JSONValue = ["a": [1, ["b": "x"]], "c": [], "d": [:]]
        #expect(
            value.indentedText == """
                {
                  "a": [
                    1,
                    {
                      "b": "x"
                    }
                  ],
                  "c": [],
                  "d": {}
                }

                """
        )
        #expect(try JSONValue(parsing: value.indentedText) == value)
    }

    @Test("every number and every character reads back to itself")
    func roundTrip() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            #expect(try JSONValue(parsing: JSONValue.number(number).text) == .number(number))
        }
        var scalars = String.UnicodeScalarView()
        for value in UInt32(0)..<0x3000 {
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        let string = JSONValue.string(String(scalars))
        #expect(try JSONValue(parsing: string.text) == string)
    }
}
