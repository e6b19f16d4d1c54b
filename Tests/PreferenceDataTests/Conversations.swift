import ChatTemplates
import OrderedJSON
import PreferenceData

/// A template one can render by hand: `<role>content</s>` for every message, and `<assistant>` to
/// ask for an answer.
let plainTemplate = """
    {% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}\
    {% if add_generation_prompt %}<assistant>{% endif %}
    """

/// A conversation as `user: text` turn by turn, beginning with the user.
func turns(_ contents: String..., beginningWith first: String = "user") -> [ChatMessage] {
    let other = first == "user" ? "assistant" : "user"
    return contents.enumerated().map {
        ChatMessage(role: $0.offset.isMultiple(of: 2) ? first : other, content: $0.element)
    }
}

/// An answer of one turn.
func answer(_ content: String) -> [ChatMessage] { turns(content, beginningWith: "assistant") }

extension ExampleEncoder {
    /// An encoder of a token per scalar, with a template.
    init(
        template: String,
        encoder: any TextEncoder = ScalarEncoder(beginning: nil, joins: false),
        _ settings: DataSettings = DataSettings()
    ) throws {
        self.init(
            processor: TextProcessor(encoder, template: try ChatTemplate(template)),
            settings: settings
        )
    }

    /// Encodes a pair of conversations.
    func pair(
        _ prompt: [ChatMessage],
        _ chosen: [ChatMessage],
        _ rejected: [ChatMessage],
        row: Int = 0
    ) throws -> EncodedExample {
        try encode(
            PreferenceExample(
                prompt: .messages(prompt),
                chosen: .messages(chosen),
                rejected: .messages(rejected)
            ),
            row: row
        )
    }
}

extension EncodedExample.Sequence {
    /// The text of the scored tokens of `ScalarEncoder`, one string per range.
    var scoredTexts: [String] {
        scored.map { range in
            tokens[range].reduce(into: "") { text, id in
                switch id {
                case 2: text += "</s>"
                case 300: text += "ab"
                default: text.unicodeScalars.append(Unicode.Scalar(UInt32(id)) ?? "\u{FFFD}")
                }
            }
        }
    }
}
