/// Reads a pattern, in the syntax of Oniguruma as far as tokenizers use it.
struct RegexParser {
    typealias Problem = RegularExpression.SyntaxError

    struct Flags {
        var ignoresCase = false
        /// Whether `.` takes a newline.
        var dotTakesNewline = false
        /// Whether blanks and comments in the pattern are left out.
        var isExtended = false
    }

    let scalars: [UInt32]
    var position = 0
    var captureCount = 0
    private var captureNames: [String: Int] = [:]
    private var depth = 0

    private static let maximumDepth = 100
    static let maximumRepetition = 1000

    init(_ pattern: String) {
        scalars = pattern.unicodeScalars.map(\.value)
    }

    mutating func parse() throws(Problem) -> RegexNode {
        let node = try alternation(Flags())
        if position < scalars.count { throw problem("a \")\" too many") }
        return node
    }

    func problem(_ text: String) -> Problem {
        Problem(problem: "\(text) (at character \(position + 1))")
    }

    var current: Character? {
        guard position < scalars.count, let scalar = Unicode.Scalar(scalars[position]) else {
            return nil
        }
        return Character(scalar)
    }

    /// Takes the text if it stands here.
    mutating func take(_ text: String) -> Bool {
        let expected = text.unicodeScalars.map(\.value)
        guard scalars[position...].starts(with: expected) else { return false }
        position += expected.count
        return true
    }

    private mutating func alternation(_ flags: Flags) throws(Problem) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw problem("more than \(Self.maximumDepth) groups deep") }
        var alternatives = [try sequence(flags)]
        while take("|") { alternatives.append(try sequence(flags)) }
        return alternatives.count == 1 ? alternatives[0] : .alternation(alternatives)
    }

    private mutating func sequence(_ flags: Flags) throws(Problem) -> RegexNode {
        var nodes: [RegexNode] = []
        while let character = current, character != "|", character != ")" {
            if flags.isExtended, character.isWhitespace {
                position += 1
            } else if flags.isExtended, character == "#" {
                while let next = current, next != "\n" { position += 1 }
            } else if let node = try atom(flags) {
                nodes.append(try quantified(node, flags))
            }
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    /// One element without its quantifier, or nil for a comment.
    private mutating func atom(_ flags: Flags) throws(Problem) -> RegexNode? {
        let value = scalars[position]
        switch current {
        case "(": return try group(flags)
        case "[": return .set(try characterClass(flags))
        case "\\": return try escape(flags)
        case ".":
            position += 1
            return .set(flags.dotTakesNewline ? .any : .anyButNewline)
        case "^":
            position += 1
            return .assertion(.startOfLine)
        case "$":
            position += 1
            return .assertion(.endOfLine)
        case "*", "+", "?": throw problem("a quantifier with nothing before it")
        default:
            position += 1
            return .set(ScalarSet(scalar: value, ignoresCase: flags.ignoresCase))
        }
    }

    private mutating func group(_ flags: Flags) throws(Problem) -> RegexNode? {
        position += 1
        if take("?#") {
            while let character = current, character != ")" { position += 1 }
            try close()
            return nil
        }
        if !take("?") {
            captureCount += 1
            let index = captureCount
            let node = try alternation(flags)
            try close()
            return .capture(node, index: index)
        }
        let opening = current
        if take("<=") || take("<!") {
            let isNegated = scalars[position - 1] == UInt32(UInt8(ascii: "!"))
            let node = try alternation(flags)
            try close()
            return .lookBehind(node, isNegated: isNegated)
        }
        switch opening {
        case ":", "=", "!", ">":
            position += 1
            let node = try alternation(flags)
            try close()
            switch opening {
            case "=": return .lookAhead(node, isNegated: false)
            case "!": return .lookAhead(node, isNegated: true)
            case ">": return .atomic(node)
            default: return node
            }
        case "<", "'":
            position += 1
            captureCount += 1
            let index = captureCount
            captureNames[try name(until: opening == "<" ? ">" : "'")] = index
            let node = try alternation(flags)
            try close()
            return .capture(node, index: index)
        default:
            return try flagGroup(flags)
        }
    }

    /// `(?i)` holds to the end of the group around it, `(?i:…)` for its own.
    private mutating func flagGroup(_ flags: Flags) throws(Problem) -> RegexNode {
        var flags = flags
        var value = true
        while let character = current {
            position += 1
            switch character {
            case "-": value = false
            case "i": flags.ignoresCase = value
            case "m": flags.dotTakesNewline = value
            case "x": flags.isExtended = value
            case ":":
                let node = try alternation(flags)
                try close()
                return node
            case ")":
                return try alternation(flags)
            default:
                position -= 1
                throw problem("an unknown kind of group, \"(?\(character)\"")
            }
        }
        throw problem("a group is not closed")
    }

    private mutating func close() throws(Problem) {
        guard take(")") else { throw problem("a group is not closed") }
    }

    private mutating func name(until end: Character) throws(Problem) -> String {
        var name = ""
        while let character = current, character != end {
            name.append(character)
            position += 1
        }
        guard take(String(end)), !name.isEmpty else { throw problem("a name is not closed") }
        return name
    }

    private mutating func quantified(
        _ node: RegexNode,
        _ flags: Flags
    ) throws(Problem) -> RegexNode {
        var node = node
        while true {
            if flags.isExtended {
                while let character = current, character.isWhitespace { position += 1 }
            }
            let range: (minimum: Int, maximum: Int?)
            var isInterval = false
            switch current {
            case "*":
                position += 1
                range = (0, nil)
            case "+":
                position += 1
                range = (1, nil)
            case "?":
                position += 1
                range = (0, 1)
            case "{":
                guard let interval = try interval() else { return node }
                range = interval
                isInterval = true
            default:
                return node
            }
            var greed = RegexNode.Greed.greedy
            if take("?") {
                greed = .lazy
            } else if !isInterval, take("+") {
                greed = .possessive
            }
            if greed == .lazy, isInterval, range.minimum == range.maximum {
                // Of a fixed count nothing can be lazy: "{2}?" is "two or none".
                node = .repetition(
                    .repetition(
                        node,
                        minimum: range.minimum,
                        maximum: range.maximum,
                        .greedy
                    ),
                    minimum: 0,
                    maximum: 1,
                    .greedy
                )
            } else {
                node = .repetition(
                    node,
                    minimum: range.minimum,
                    maximum: range.maximum,
                    greed
                )
            }
        }
    }

    /// `{2}`, `{2,}`, `{,3}` or `{2,3}`; nil where the brace stands for itself.
    private mutating func interval() throws(Problem) -> (minimum: Int, maximum: Int?)? {
        let start = position
        position += 1
        let minimum = number()
        var maximum = minimum
        let hasComma = take(",")
        if hasComma { maximum = number() }
        guard take("}"), minimum != nil || hasComma && maximum != nil else {
            position = start
            return nil
        }
        for bound in [minimum, maximum] {
            if let bound, bound > Self.maximumRepetition {
                throw problem("more than \(Self.maximumRepetition) repetitions")
            }
        }
        if let minimum, let maximum, minimum > maximum {
            throw problem("{\(minimum),\(maximum)} repeats more often at least than at most")
        }
        return (minimum ?? 0, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = current?.wholeNumberValue, current?.isASCII == true {
            value = min((value ?? 0) * 10 + digit, Self.maximumRepetition + 1)
            position += 1
        }
        return value
    }

    /// The group that a name or a number means.
    func captureIndex(_ name: String) throws(Problem) -> Int {
        if let index = captureNames[name] { return index }
        guard let index = Int(name), index > 0, index <= captureCount else {
            throw problem("no group \"\(name)\" before this place")
        }
        return index
    }

    /// `\k<name>`
    mutating func namedReference(_ flags: Flags) throws(Problem) -> RegexNode {
        guard take("<") else { throw problem("\"\\k\" needs a name in angle brackets") }
        let index = try captureIndex(try name(until: ">"))
        return .backReference(index, ignoresCase: flags.ignoresCase)
    }
}
