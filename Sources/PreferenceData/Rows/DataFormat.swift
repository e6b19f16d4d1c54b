/// The forms that rows come in.
///
/// Where none is asked for, each row is read by the first of them that claims it. A further form is
/// a case here and a `RowShape`.
public enum DataFormat: String, Sendable, CaseIterable, Codable {
    /// `{prompt_ids, chosen_ids, rejected_ids}`: token ids.
    case tokens
    /// `{prompt, chosen, rejected}` or `{chosen, rejected}`: strings.
    case text
    /// The same as turns of a conversation, as in TRL; or as a string and whole conversations, as
    /// in UltraFeedback.
    case chat
    /// `{instruction, input, chosen, rejected}`, in the words of Alpaca's text.
    case instruction
    /// The same as turns of a conversation.
    case instructionChat = "instruction-chat"
    /// `{conversations, chosen, rejected}`: LLaMA-Factory's ShareGPT rows.
    case sharegpt
    /// `{chosen_messages, rejected_messages}`: LLaMA-Factory's second form.
    case llamaFactoryV1 = "llamafactory-v1"
    /// `{prompt, completions}`: answers in any number, ranked or scored.
    case ranked
    /// `{prompt, completion, label}` or `{messages, label}`: single answers, wanted or not.
    case unpaired
    /// `{prompt, completion}`, `{messages}`, `{text}` or `{instruction, input, output}`: answers
    /// that are wanted, without a label. Only where it is asked for.
    case demonstrations
    /// The same as turns of a conversation.
    case demonstrationsChat = "demonstrations-chat"

    /// Whether every turn that is scored is wanted for itself, and not only with the last one.
    var showsAllTurns: Bool { self == .demonstrations || self == .demonstrationsChat }

    /// What reads such rows.
    var shape: any RowShape.Type {
        switch self {
        case .tokens: TokenRow.self
        case .text: TextRow.self
        case .chat: ChatRow.self
        case .instruction: InstructionRow.self
        case .instructionChat: InstructionChatRow.self
        case .sharegpt: ConversationPairRow.self
        case .llamaFactoryV1: MessagesPairRow.self
        case .ranked: RankedRow.self
        case .unpaired: UnpairedRow.self
        case .demonstrations: DemonstrationRow.self
        case .demonstrationsChat: DemonstrationChatRow.self
        }
    }
}
