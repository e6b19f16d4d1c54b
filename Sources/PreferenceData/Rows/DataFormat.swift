/// The forms that rows come in.
///
/// A further form is a case here and a `RowShape`.
public enum DataFormat: String, Sendable, CaseIterable, Codable {
    /// `{prompt_ids, chosen_ids, rejected_ids}`: token ids.
    case tokens
    /// `{prompt, chosen, rejected}` or `{chosen, rejected}`: strings.
    case text

    /// What reads such rows.
    var shape: any RowShape.Type {
        switch self {
        case .tokens: TokenRow.self
        case .text: TextRow.self
        }
    }
}
