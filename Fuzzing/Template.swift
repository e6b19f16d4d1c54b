import ChatTemplates

/// An arbitrary template over a fixed conversation.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTemplate(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    let input = ChatTemplateInput(
        messages: [
            ["role": "system", "content": "Be good."],
            ["role": "user", "content": "Hi\n é 🙂"],
            [
                "role": "assistant", "content": "Ho", "n": 3, "x": 1.5,
                "tool_calls": [["function": ["name": "f", "arguments": ["a": [1, nil, true]]]]],
            ],
        ],
        tools: [["type": "function", "function": ["name": "f", "parameters": ["a": "b"]]]],
        variables: ["enable_thinking": false],
        addGenerationPrompt: true,
        specialTokens: ["bos_token": "<s>", "eos_token": "</s>"],
        clock: { TemplateDate(year: 2026, month: 1, day: 31) }
    )
    // Low enough that a hostile template ends before the fuzzer calls it hanging.
    let limits = TemplateLimits(steps: 300_000, bytes: 16 << 20, outputBytes: 4 << 20)
    _ = try? ChatTemplate(text).render(input, limits: limits)
    return 0
}
