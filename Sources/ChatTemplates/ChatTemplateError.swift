public import Files

/// Why a chat template could not be read or rendered, and where in the template.
public struct ChatTemplateError: InputError, Equatable {
    /// What went wrong, in kinds that call for different answers.
    public enum Kind: String, Sendable {
        /// The template is not Jinja.
        case syntax
        /// The template called `raise_exception`: the conversation has a form it does not allow.
        case raised
        /// An operation failed, as Jinja or Python would have failed.
        case runtime
        /// One of the `TemplateLimits` was reached.
        case limit
        /// The conversation cannot be given to any template.
        case input
    }

    /// The kind of failure.
    public let kind: Kind
    /// What happened; for `raised` the template's own message.
    public let message: String
    /// Line of the template, from 1, or nil where the failure has no place in it.
    public let line: Int?
    /// Column of the line in code points, from 1, or nil where the failure has no place in it.
    public let column: Int?

    init(_ kind: Kind, _ message: String, line: Int? = nil, column: Int? = nil) {
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column
    }

    /// The error as one line.
    public var description: String {
        guard let line, let column else { return "chat template: \(message)" }
        return "chat template, line \(line), column \(column): \(message)"
    }
}

/// A failure inside the template engine.
///
/// `ChatTemplate` adds the place.
struct Failure: Error {
    let kind: ChatTemplateError.Kind
    let message: String
    /// Offset in the template's code points, where the thrower knows better than the interpreter.
    var offset: Int?

    static func runtime(_ message: String) -> Failure { Failure(kind: .runtime, message: message) }

    static func limit(_ message: String) -> Failure { Failure(kind: .limit, message: message) }

    static func syntax(_ message: String, at offset: Int) -> Failure {
        Failure(kind: .syntax, message: message, offset: offset)
    }
}
