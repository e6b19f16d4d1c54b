import ChatTemplates
import OrderedJSON

/// Templates that reach most of what a conversation can hold.
private let templates = [
    """
    {% for message in messages %}{{ loop.index }}{{ message.role | upper }}{{ message['content'] }}\
    {% for call in message.tool_calls %}{{ call.function.arguments | tojson }}{% endfor %}{% endfor %}
    """,
    """
    {{ messages | tojson(indent=2) }}{{ tools }}{% for m in messages | reverse %}{% for k, v in \
    m.items() %}{{ k ~ v }}{{ v is mapping }}{{ v | string | trim | length }}{% endfor %}{% endfor %}
    """,
    """
    {% set ns = namespace(n=0) %}{% for m in messages %}{% generation %}{{ m.content | default('') \
    | replace('a', 'b') }}{% endgeneration %}{% set ns.n = ns.n + loop.index0 %}{% endfor %}\
    {{ ns.n }}{{ messages | map(attribute='role') | join(', ') }}{{ messages[0] == messages[-1] }}
    """,
].compactMap { try? ChatTemplate($0) }

/// An arbitrary conversation through fixed templates.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConversation(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let object = try? JSONValue(parsing: bytes).object else { return 0 }
    let input = ChatTemplateInput(
        messages: (object["messages"]?.array ?? []).compactMap(\.object).map { TemplateObject($0) },
        tools: object["tools"]?.array.map { $0.map { TemplateValue($0) } },
        documents: object["documents"]?.array.map {
            $0.compactMap(\.object).map { TemplateObject($0) }
        },
        variables: TemplateObject(object["kwargs"]?.object ?? JSONObject()),
        addGenerationPrompt: object["add_generation_prompt"]?.bool ?? false,
        continueFinalMessage: object["continue_final_message"]?.bool ?? false
    )
    let limits = TemplateLimits(steps: 300_000, bytes: 16 << 20, outputBytes: 4 << 20)
    for template in templates { _ = try? template.render(input, limits: limits) }
    return 0
}
