import Foundation
import OrderedJSON
import TestSupport
import Testing

/// Conversations to text by the command.
@Suite struct RenderTests {
    private func render(_ template: String, _ input: String) async throws -> CommandResult {
        let folder = try TemporaryFolder()
        let file = try folder.write("chat.jinja", template)
        return try await CommandRunner.run(["render", "--template", file.path], input: input)
    }

    private static let conversation = #"{"messages": [{"role": "user", "content": "Hi"}]}"#

    @Test("a line of text for each conversation")
    func lines() async throws {
        let result = try await render(
            "{{ messages[0].content }}{% if add_generation_prompt %}>{% endif %}",
            Self.conversation + "\n" + #"{"messages": [{"content": "Ho"}], "#
                + #""add_generation_prompt": true}"#
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.outputLines == [
                #"{"rendered":"Hi","generation_spans":[]}"#,
                #"{"rendered":"Ho>","generation_spans":[]}"#,
            ]
        )
    }

    /// A template that is not one, and what is said of it.
    static let badTemplates: [(template: String, words: [String])] = [
        ("{% if a %}", ["chat template, line 1"]),
        ("a\n{{ 1 + }}", ["chat template, line 2"]),
        ("{% nonsense %}", ["line 1", "nonsense"]),
        ("{{ 'a }}", ["line 1"]),
    ]

    @Test("a template that is not Jinja is told by line and column", arguments: badTemplates)
    func badTemplate(template: String, words: [String]) async throws {
        let result = try await render(template, Self.conversation)
        expectRefusal(result, status: 65, saying: words)
    }

    @Test("a template that is not UTF-8, or not there, is refused")
    func unreadable() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("chat.jinja", Data([0x61, 0xFF]))
        let result = try await CommandRunner.run(
            ["render", "--template", file.path],
            input: Self.conversation
        )
        expectRefusal(result, status: 65, saying: ["chat.jinja", "UTF-8"])
        let missing = try await CommandRunner.run(
            ["render", "--template", file.path + ".none"],
            input: Self.conversation
        )
        expectRefusal(missing, status: 65, saying: ["chat.jinja.none", "No such file"])
    }

    @Test("what a template refuses, and what it does for ever, are answers and no end")
    func failures() async throws {
        let result = try await render(
            """
            {% if messages[0].role == "user" %}{{ raise_exception("no users") }}{% else %}\
            {% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{% endif %}
            """,
            Self.conversation + "\n" + #"{"messages": [{"role": "system"}]}"#
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.outputLines.count == 2)
        #expect(
            result.output.contains(#"{"error":{"kind":"raised","message":"no users","line":1}}"#)
        )
        #expect(result.output.contains(#"{"error":{"kind":"limit""#))
    }

    /// A line of standard input that cannot be used, and what is said of it.
    static let badLines: [(line: String, words: [String])] = [
        ("{", ["standard input:1: not JSON"]),
        ("3", ["standard input:1: an object is needed, not a number"]),
        ("{}", [#"standard input:1: "messages" is missing; a list of objects is needed"#]),
        (#"{"messages": ["a"]}"#, [#""messages" is a list; a list of objects is needed"#]),
        (#"{"messages": [], "tools": 3}"#, [#""tools" is a number; a list is needed"#]),
        (#"{"messages": [], "kwargs": []}"#, [#""kwargs" is a list; an object is needed"#]),
        (
            #"{"messages": [], "add_generation_prompt": "yes"}"#,
            [#""add_generation_prompt" is a string; true or false is needed"#]
        ),
        (
            #"{"messages": [], "strftime_now": "soon"}"#,
            [#""strftime_now" is a string; a date such as"#]
        ),
    ]

    @Test("a bad line is told by its number", arguments: badLines)
    func badLine(line: String, words: [String]) async throws {
        expectRefusal(try await render("x", line), status: 65, saying: words)
    }
}
