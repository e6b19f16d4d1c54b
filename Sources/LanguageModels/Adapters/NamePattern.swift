import Tokenizers

/// A regular expression over the names of weights or modules.
public struct NamePattern: Sendable, Equatable {
    /// As it was written.
    public let text: String
    private let compiled: String
    private let expression: RegularExpression

    /// Reads a pattern.
    ///
    /// - Parameter coversName: whether it must match a whole name, as in PEFT's `target_modules`;
    ///   otherwise it may match anywhere in it.
    /// - Returns: nil where it is not a regular expression.
    public init?(_ text: String, coversName: Bool = false) {
        self.init(text, compiled: coversName ? "\\A(?:\(text))\\z" : text)
    }

    /// A pattern that matches the last parts of a name, as the keys of PEFT's `rank_pattern`.
    init?(endingWith text: String) { self.init(text, compiled: "\\A(?:.*\\.)?(?:\(text))\\z") }

    private init?(_ text: String, compiled: String) {
        guard let expression = try? RegularExpression(compiled) else { return nil }
        self.text = text
        self.compiled = compiled
        self.expression = expression
    }

    /// Whether it matches a name.
    public func matches(_ name: String) -> Bool { expression.isFound(in: name) }

    /// Whether both were written alike and match the same names.
    public static func == (left: NamePattern, right: NamePattern) -> Bool {
        left.compiled == right.compiled
    }
}
