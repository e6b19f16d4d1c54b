import ChatTemplates
import Testing

/// What transformers does to messages around Jinja.
///
/// Expected texts: made with `apply_chat_template` of transformers 5.23.
struct MessagePreparationTests {
    private func render(
        _ template: String,
        _ messages: [TemplateObject],
        configure: (inout ChatTemplateInput) -> Void = { _ in }
    ) throws -> String {
        var input = ChatTemplateInput(messages: messages)
        configure(&input)
        return try ChatTemplate(template).render(input).text
    }

    @Test("keys whose value is null are dropped from messages, but not inside them")
    func dropsNull() throws {
        let message: TemplateObject = ["role": "a", "content": nil, "x": [nil]]
        #expect(
            try render("{{ messages|tojson }}", [message]) == #"[{"role": "a", "x": [null]}]"#
        )
    }

    @Test(
        "reasoning is known under the names that templates read, in transformers' order of keys",
        arguments: [
            (
                ["role": "a", "reasoning_content": "r"],
                #"{"thinking": "r", "role": "a", "reasoning_content": "r"}"#
            ),
            (
                ["role": "a", "thinking": "t"],
                #"{"thinking": "t", "role": "a", "reasoning_content": "t"}"#
            ),
            (
                ["role": "a", "reasoning": "t", "thinking": nil],
                #"{"thinking": "t", "role": "a", "reasoning": "t", "reasoning_content": "t"}"#
            ),
            (
                ["role": "a", "thinking": "t", "reasoning_content": "r", "z": 1],
                #"{"thinking": "t", "role": "a", "reasoning_content": "r", "z": 1}"#
            ),
            (
                ["role": "a", "reasoning": ""],
                #"{"thinking": "", "role": "a", "reasoning": "", "reasoning_content": ""}"#
            ),
        ] as [(TemplateObject, String)]
    )
    func aliasesReasoning(message: TemplateObject, expected: String) throws {
        #expect(try render("{{ messages[0]|tojson }}", [message]) == expected)
    }

    @Test("tools and documents are None where there are none; missing special tokens are undefined")
    func defaults() throws {
        let text = try render(
            "{{ tools }}{{ documents }}{{ add_generation_prompt }}{{ bos_token }}"
                + "{{ eos_token is defined }}",
            [["role": "a"]]
        ) { $0.specialTokens = ["bos_token": "<s>"] }
        #expect(text == "NoneNoneFalse<s>False")
    }

    @Test("extra variables go before special tokens, and cannot replace what is given anyway")
    func variables() throws {
        let text = try render("{{ bos_token }}{{ k }}", [["role": "a"]]) {
            $0.specialTokens = ["bos_token": "<s>"]
            $0.variables = ["bos_token": "B", "k": 2]
        }
        #expect(text == "B2")
        let error = #expect(throws: ChatTemplateError.self) {
            try render("", [["role": "a"]]) { $0.variables = ["tools": nil] }
        }
        #expect(error?.kind == .input)
    }

    private let conversation: [TemplateObject] = [
        ["role": "u", "content": "q"], ["role": "a", "content": "One, "],
    ]

    @Test("a text that continues the final message ends inside it")
    func continuesText() throws {
        let template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}"
        #expect(
            try render(template, conversation) { $0.continueFinalMessage = true }
                == "<u>q</><a>One, "
        )
    }

    @Test("where the template trims the final message, it ends without blanks")
    func continuesTrimmedText() throws {
        let template = "{% for m in messages %}<{{ m.role }}>{{ m.content|trim }}</>{% endfor %}"
        #expect(
            try render(template, conversation) { $0.continueFinalMessage = true }
                == "<u>q</><a>One,"
        )
    }

    @Test("a final message in parts ends inside its last text")
    func continuesParts() throws {
        let parts: TemplateValue = [
            ["type": "text", "text": "x "], ["type": "text", "text": "y "], ["type": "image"],
        ]
        let template =
            "{% for m in messages %}{% for p in m.content %}{{ p.text }}|{% endfor %}</>"
            + "{% endfor %}"
        #expect(
            try render(template, [["role": "a", "content": parts]]) {
                $0.continueFinalMessage = true
            } == "x |y "
        )
    }

    @Test("a generation span ends where the continued text ends")
    func continuedSpan() throws {
        let template = try ChatTemplate(
            "{% generation %}{{ messages[0].content }}</s>{% endgeneration %}"
        )
        let chat = try template.render(
            ChatTemplateInput(
                messages: [["role": "a", "content": "Öne"]],
                continueFinalMessage: true
            )
        )
        #expect(chat == RenderedChat(text: "Öne", generationSpans: [0..<3]))
    }

    @Test(
        "a final message that cannot be continued is an input error",
        arguments: [
            "{{ messages[0].content }}", "{{ messages[0].role }}",
        ]
    )
    func refusesToContinue(template: String) throws {
        let error = #expect(throws: ChatTemplateError.self) {
            try render(template, conversation) { $0.continueFinalMessage = true }
        }
        #expect(error?.kind == .input)
        #expect(error?.line == nil)
    }

    @Test("continuing needs a text in the final message, and no generation prompt")
    func refusesInput() throws {
        let template = "{{ messages[-1].content }}"
        let cases: [(messages: [TemplateObject], prompt: Bool)] = [
            ([["role": "a"]], false),
            ([["role": "a", "content": [["type": "image"]]]], false),
            ([["role": "a", "content": 5]], false),
            (conversation, true),
        ]
        for (messages, prompt) in cases {
            let error = #expect(throws: ChatTemplateError.self) {
                try render(template, messages) {
                    $0.continueFinalMessage = true
                    $0.addGenerationPrompt = prompt
                }
            }
            #expect(error?.kind == .input)
        }
    }

    @Test("an empty conversation is refused")
    func refusesNothing() {
        let error = #expect(throws: ChatTemplateError.self) { try render("x", []) }
        #expect(error?.kind == .input)
    }
}
