package import OrderedJSON

/// What a row says, whatever shape it has: the point at which all shapes come together.
package struct PreferenceExample: Sendable, Equatable {
    /// What comes before every answer; empty where there is nothing.
    package var prompt: Passage
    /// The answers, each without the prompt and of the prompt's kind; of a pair chosen, then
    /// rejected.
    package var answers: [Passage]
    /// What is known of how good the answers are.
    package var judgement: Judgement
    /// The scores that the ranks were made of, one per answer, where the row had them.
    package var scores: [Double]?
    /// Whether the prompt was taken out of the answers.
    package var promptIsImplicit = false
    /// What a chat template gets as tools.
    package var tools: [JSONValue]?
    /// Further variables of the chat template, such as `enable_thinking`.
    package var templateVariables = JSONObject()
    /// How much the row counts, above 0.
    package var weight = 1.0
    /// By how much the better answer should lead, as an objective takes it.
    package var margin = 0.0

    package init(prompt: Passage, answers: [Passage], judgement: Judgement) {
        self.prompt = prompt
        self.answers = answers
        self.judgement = judgement
    }

    /// A pair: the first answer is preferred.
    package init(prompt: Passage, chosen: Passage, rejected: Passage) {
        self.init(prompt: prompt, answers: [chosen, rejected], judgement: .pair)
    }
}

/// A prompt or an answer.
package enum Passage: Sendable, Equatable {
    /// Text as the model sees it.
    case text(String)
    /// Turns of a conversation, which a chat template makes text of.
    case messages([ChatMessage])
    /// Token ids.
    case tokens([Int32])
}

/// A turn of a conversation: `role`, `content` and whatever else chat templates know.
package struct ChatMessage: Sendable, Equatable {
    /// All of it, in the order of the row.
    package var members: JSONObject

    package init(_ members: JSONObject) { self.members = members }

    package init(role: String, content: String) {
        members = JSONObject([("role", .string(role)), ("content", .string(content))])
    }

    package var role: String { members["role"]?.string ?? "" }

    /// The content where it is text; nil where it is a list of parts or missing.
    package var text: String? { members["content"]?.string }
}
