import ChatTemplates
import OrderedJSON
import Testing

struct TemplateValueTests {
    private func render(_ template: String, _ variables: TemplateObject) throws -> String {
        try ChatTemplate(template).render(
            ChatTemplateInput(messages: [["role": "user"]], variables: variables)
        ).text
    }

    @Test("JSON goes through a template as it was, with its order of keys")
    func roundTrip() throws {
        let text = #"{"z": [1, 2.5, -0.0, 1e-07], "a": {"é": null, "b": true}, "s": "\"\\\n</>"}"#
        let value = TemplateValue(try JSONValue(parsing: text))
        #expect(try render("{{ v|tojson }}", ["v": value]) == text)
    }

    @Test("whole numbers beyond 64 bits keep their digits and can be passed on")
    func largeIntegers() throws {
        let value = TemplateValue(try JSONValue(parsing: "[10000000000000000000, 1e30]"))
        #expect(
            try render("{{ v }}{{ v|tojson }}", ["v": value])
                == "[10000000000000000000, 1e+30][10000000000000000000, 1e+30]"
        )
        #expect(
            try render(
                "{{ v is integer }}{{ v == v }}{{ v < 1 if false }}",
                [
                    "v": .largeInteger("-99999999999999999999")
                ]
            ) == "TrueTrue"
        )
        let error = #expect(throws: ChatTemplateError.self) {
            try render("{{ v + 1 }}", ["v": .largeInteger("99999999999999999999")])
        }
        #expect(error?.kind == .limit)
    }

    @Test("keys that differ in code points only are different keys")
    func composedKeys() throws {
        let object: TemplateObject = ["\u{E9}": 1, "e\u{301}": 2]
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
        #expect(try render("{{ v|length }}{{ v['\u{E9}'] }}", ["v": .object(object)]) == "21")
    }

    @Test("setting a key keeps its place, and setting nil removes it")
    func subscripts() {
        var object: TemplateObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        #expect(object == ["a": 3, "c": 4])
        #expect(object != ["c": 4, "a": 3])
    }

    @Test("values nested too deep are a limit error")
    func deepInput() throws {
        var value = TemplateValue.null
        for _ in 0..<400 { value = .array([value]) }
        let input: TemplateObject = ["v": value]
        let error = #expect(throws: ChatTemplateError.self) { try render("{{ v }}", input) }
        #expect(error?.kind == .limit)
        // What a template does not name it does not pay for.
        #expect(try render("x", input) == "x")
    }
}
