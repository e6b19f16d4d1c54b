/// Builds statements and expressions from tokens, by recursive descent.
///
/// Extensions hold the statements and the expressions.
struct Parser {
    /// What parsing gives.
    struct Result {
        let body: [Statement]
        /// Variable names by their number.
        let names: [String]
        let frameCount: Int
        let blocks: [String: BlockStatement]
    }

    /// Levels that brackets, operators and blocks may lie in each other.
    ///
    /// CPython's own limits lie in the same region.
    static let maximumDepth = 100

    private let tokens: [Token]
    private var index = 0
    private var nameIDs: [String: NameID] = [:]
    private(set) var names: [String] = []
    private(set) var frameCount = 0
    var blocks: [String: BlockStatement] = [:]
    /// Tags whose end is still to come, innermost last.
    var openTags: [String] = []
    /// Loops around this place, in the same Python function: where `break` may stand.
    var loopDepth = 0
    private var depth = 0
    private let stack = StackGauge()
    /// Levels of the expression that was parsed last.
    var height = 0

    private init(_ tokens: [Token]) { self.tokens = tokens }

    static func parse(_ source: SourceText) throws -> Result {
        var parser = Parser(try Lexer.tokens(of: source.scalars))
        // The names that the engine itself looks up.
        _ = WellKnownName.allCases.map { parser.id(of: $0.text) }
        let frame = parser.newFrame()
        assert(frame == 0, "the template's own frame is the first")
        let body = try parser.statements(until: [])
        return Result(
            body: body,
            names: parser.names,
            frameCount: parser.frameCount,
            blocks: parser.blocks
        )
    }

    // MARK: Tokens

    var current: Token { tokens[index] }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    @discardableResult
    mutating func advance() -> Token {
        defer { index = min(index + 1, tokens.count - 1) }
        return tokens[index]
    }

    func isAt(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }

    func isAt(word: String) -> Bool { current.kind == .name(word) }

    mutating func skip(_ symbol: Token.Symbol) -> Bool {
        guard isAt(symbol) else { return false }
        advance()
        return true
    }

    mutating func skip(word: String) -> Bool {
        guard isAt(word: word) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Token.Symbol) throws {
        guard skip(symbol) else { throw unexpected(expected: symbol.rawValue) }
    }

    mutating func expectName() throws -> (name: String, offset: Int) {
        guard case .name(let name) = current.kind else { throw unexpected(expected: "name") }
        return (name, advance().offset)
    }

    mutating func expect(_ kind: Token.Kind) throws {
        guard current.kind == kind else {
            throw unexpected(expected: Token(kind: kind, offset: 0).description)
        }
        advance()
    }

    func unexpected(expected: String) -> Failure {
        if current.kind == .end {
            return .syntax(
                "unexpected end of template, expected '\(expected)'.",
                at: current.offset
            )
        }
        return .syntax(
            "expected token '\(expected)', got '\(current.description)'",
            at: current.offset
        )
    }

    // MARK: Names, frames, depth

    mutating func id(of name: String) -> NameID {
        if let id = nameIDs[name] { return id }
        nameIDs[name] = names.count
        names.append(name)
        return names.count - 1
    }

    mutating func newFrame() -> FrameID {
        frameCount += 1
        return frameCount - 1
    }

    /// Goes one level down; every call is paired with `ascend()`.
    mutating func descend() throws {
        guard depth < Self.maximumDepth, stack.used < StackGauge.defaultBytes else {
            throw tooDeep()
        }
        depth += 1
    }

    mutating func ascend() { depth -= 1 }

    /// Notes that the expression just built lies one level above those parsed before.
    mutating func raise(above heights: Int...) throws {
        height = (heights.max() ?? 0) + 1
        guard height <= Self.maximumDepth else { throw tooDeep() }
    }

    private func tooDeep() -> Failure {
        var failure = Failure.limit("too many levels of nesting")
        failure.offset = current.offset
        return failure
    }
}

/// Variable names that the engine itself knows.
enum WellKnownName: NameID, CaseIterable {
    case loop
    case caller
    case kwargs
    case varargs
    case `self`
    case `super`

    var text: String { String(describing: self) }
}
