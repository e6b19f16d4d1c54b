import OrderedJSON
import Testing

@Suite("JSONValue")
struct JSONValueTests {
    @Test("a value gives what it is, and nil for everything else")
    func accessors() {
        let value: JSONValue = ["s": "x", "b": true, "l": [1], "n": .null, "i": 2, "d": 0.5]
        #expect(value["s"]?.string == "x")
        #expect(value["b"]?.bool == true)
        #expect(value["l"]?.array == [1])
        #expect(value["n"]?.isNull == true)
        #expect(value["i"]?.integer == 2)
        #expect(value["i"]?.double == 2)
        #expect(value["d"]?.double == 0.5)
        #expect(value["d"]?.integer == nil)
        #expect(value["s"]?.integer == nil)
        #expect(value["s"]?.object == nil)
        #expect(value["none"] == nil)
        #expect(JSONValue.string("x")["s"] == nil)
    }

    @Test("a number without fraction is an integer too, where it fits 64 bits")
    func integers() {
        #expect(JSONValue.number(1000).integer == 1000)
        #expect(JSONValue.number(1e300).integer == nil)
        #expect(JSONValue.number(.nan).integer == nil)
    }

    @Test("setting a key keeps its place, adds it at the end, or removes it")
    func object() {
        var object = JSONObject([("a", 1), ("b", 2)])
        object["a"] = 3
        object["c"] = 4
        #expect(JSONValue.object(object).text == #"{"a":3,"b":2,"c":4}"#)
        object["b"] = nil
        object["none"] = nil
        #expect(JSONValue.object(object).text == #"{"a":3,"c":4}"#)
    }

    @Test("objects with the same members in another order differ")
    func order() {
        #expect(["a": 1, "b": 2] as JSONValue != ["b": 2, "a": 1])
    }

    @Test("kinds are told in words")
    func kinds() {
        let values: [JSONValue] = [.null, true, 1, 0.5, "x", [], [:]]
        #expect(
            values.map(\.kind) == [
                "null", "true or false", "a number", "a number", "a string", "a list", "an object",
            ]
        )
    }
}
