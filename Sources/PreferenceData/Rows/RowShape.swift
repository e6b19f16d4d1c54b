import OrderedJSON

/// What reads one of the forms that rows come in.
protocol RowShape: SendableMetatype {
    /// The form in words, for messages; empty where another form has the same columns.
    static var form: String { get }

    /// Whether a row is meant to have this form, by its keys and the kinds of their values.
    static func claims(_ row: JSONObject) -> Bool

    /// What the row says; where it is not as this form has to be, what is wrong.
    static func read(_ row: JSONObject) throws(DataError.Reason) -> PreferenceExample
}

extension DataFormat {
    /// The accepted forms in words, for messages.
    static let accepted = allCases.map { $0.shape.form }.filter { !$0.isEmpty }
        .joined(separator: "; ")
}
