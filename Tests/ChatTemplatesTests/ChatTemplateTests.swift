import ChatTemplates
import Testing

struct ChatTemplateTests {
    @Test("an error's description is one line with its place")
    func description() throws {
        let error = try #require(throws: ChatTemplateError.self) {
            try ChatTemplate("a\r\nb {{ c")
        }
        #expect(
            error.description
                == "chat template, line 2, column 7: unexpected end of template, expected "
                + "'end of print statement'."
        )
    }

    @Test("a template that refuses a conversation says so in its own words and place")
    func raised() throws {
        let error = try #require(throws: ChatTemplateError.self) {
            try Rows.render("{% if true %}\n  {{ raise_exception('No ' ~ t) }}\n{% endif %}")
        }
        #expect(error.kind == .raised)
        #expect(error.message == "No ctx")
        #expect(error.line == 2)
        #expect(error.column == 21)
    }

    @Test("an error inside a macro has its place there")
    func errorInMacro() throws {
        let error = try #require(throws: ChatTemplateError.self) {
            try Rows.render("{% macro m(x) %}\n{{ x.y.z }}\n{% endmacro %}\n{{ m(d) }}")
        }
        #expect(error.line == 2)
        #expect(error.column == 7)
        #expect(error.message == "'dict object' has no attribute 'y'")
    }

    @Test("a template renders many conversations at the same time, each for itself")
    func concurrency() async throws {
        let template = try ChatTemplate(
            "{% set ns = namespace(n=0) %}{% for i in range(n) %}{% set ns.n = ns.n + i %}"
                + "{% endfor %}{{ ns.n }}"
        )
        try await withThrowingTaskGroup { group in
            for count in 0..<20 {
                group.addTask {
                    let input = ChatTemplateInput(
                        messages: [["role": "user"]],
                        variables: ["n": .integer(count)]
                    )
                    return (count, try template.render(input).text)
                }
            }
            for try await (count, text) in group { #expect(text == "\(count * (count - 1) / 2)") }
        }
    }

    @Test(
        "no cut of a template ends in anything but an error or a text",
        arguments: [
            "{% for m in msgs -%}{{ '<' ~ m['role'] + \">\" }}{%- if loop.last %}{# e #}{% else %}"
                + "{% raw %}{{{% endraw %}{% endif %}{% endfor %}{% macro f(a, b=[1, {'c': 2}]) %}"
                + "{{ a if b[0:1] is not none else -1.5e3 }}{% endmacro %}{{ f(*[1])|trim }}"
        ]
    )
    func cuts(template: String) throws {
        for count in 0...template.unicodeScalars.count {
            let part = String(String.UnicodeScalarView(template.unicodeScalars.prefix(count)))
            do {
                _ = try Rows.render(part)
            } catch {
                #expect(error is ChatTemplateError)
            }
        }
    }
}
