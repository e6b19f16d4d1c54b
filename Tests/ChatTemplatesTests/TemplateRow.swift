import ChatTemplates
import Testing

/// The variables that the rows of all suites share, and a clock that stands.
enum Rows {
    static let variables: TemplateObject = [
        "d": ["a": 1, "b": ["c": "x"]],
        "dk": ["items": 1, "get": 2],
        "l": [1, 2, 3],
        "t": "ctx",
        "msgs": [
            ["role": "user", "content": "Hi"], ["role": "assistant", "content": "Yo"],
            ["role": "user", "content": "Bye"],
        ],
        "tree": [
            ["n": "a", "c": [["n": "b", "c": []], ["n": "c", "c": [["n": "d"]]]]], ["n": "e"],
        ],
    ]

    static func render(
        _ template: String,
        limits: TemplateLimits = TemplateLimits()
    ) throws -> RenderedChat {
        let input = ChatTemplateInput(
            messages: [["role": "user", "content": "Hi"]],
            variables: variables,
            clock: {
                TemplateDate(year: 2026, month: 1, day: 15, hour: 10, minute: 20, second: 30)
            }
        )
        return try ChatTemplate(template).render(input, limits: limits)
    }
}

/// A template with the text it gives.
struct Rendered: Sendable, CustomTestStringConvertible {
    let template: String
    let expected: String

    init(_ template: String, _ expected: String) {
        self.template = template
        self.expected = expected
    }

    var testDescription: String { template.debugDescription }

    func check() throws {
        let text = try Rows.render(template).text
        // Swift takes differently composed accents for equal.
        #expect(Array(text.unicodeScalars) == Array(expected.unicodeScalars))
    }
}

/// A template with the text it gives and the spans of what the assistant wrote.
struct Spanned: Sendable, CustomTestStringConvertible {
    let template: String
    let expected: RenderedChat

    init(_ template: String, _ text: String, _ spans: [Range<Int>]) {
        self.template = template
        expected = RenderedChat(text: text, generationSpans: spans)
    }

    var testDescription: String { template.debugDescription }

    func check() throws { #expect(try Rows.render(template) == expected) }
}

/// A template with the error that reading or rendering it ends in.
struct Refused: Sendable, CustomTestStringConvertible {
    let template: String
    let kind: ChatTemplateError.Kind
    let line: Int
    let column: Int
    let message: String

    init(
        _ template: String,
        _ kind: ChatTemplateError.Kind,
        _ line: Int,
        _ column: Int,
        _ message: String
    ) {
        self.template = template
        self.kind = kind
        self.line = line
        self.column = column
        self.message = message
    }

    var testDescription: String { template.debugDescription }

    func check() throws {
        let error = try #require(throws: ChatTemplateError.self) { try Rows.render(template) }
        #expect(error.kind == kind)
        #expect(error.message == message)
        #expect(error.line == line)
        #expect(error.column == column)
    }
}
