/// A regular expression as instructions for the matcher.
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        case set(Int)
        /// A run of scalars of one set: the common case of a repetition.
        case run(set: Int, minimum: Int, maximum: Int, RegexNode.Greed)
        /// Goes on at the first place, and at the second where that fails.
        case split(Int, Int)
        case jump(Int)
        case startCapture(Int)
        case endCapture(Int)
        /// Remembers where a pass of a loop begins.
        case startPass(register: Int)
        /// Leaves the loop where its pass took nothing.
        case endPass(register: Int, exit: Int)
        /// The part up to `end` is tried on its own; it ends with `accept`.
        case look(isAhead: Bool, isNegated: Bool, lengths: [Int], end: Int)
        case atomic(end: Int)
        case assertion(RegexNode.Assertion)
        case backReference(Int, ignoresCase: Bool)
        case accept
    }

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [ScalarSet] = []
    private(set) var registerCount = 0
    let captureCount: Int

    private static let maximumSize = 20_000

    init(_ node: RegexNode, captureCount: Int) throws(RegularExpression.SyntaxError) {
        self.captureCount = captureCount
        try compile(node)
        try emit(.accept)
    }

    private mutating func emit(_ instruction: Instruction) throws(RegularExpression.SyntaxError) {
        guard instructions.count < Self.maximumSize else {
            throw RegularExpression.SyntaxError(problem: "the pattern repeats too much")
        }
        instructions.append(instruction)
    }

    private mutating func index(of set: ScalarSet) -> Int {
        sets.append(set)
        return sets.count - 1
    }

    private mutating func compile(_ node: RegexNode) throws(RegularExpression.SyntaxError) {
        switch node {
        case .empty: break
        case .set(let set): try emit(.set(index(of: set)))
        case .sequence(let nodes):
            for node in nodes { try compile(node) }
        case .alternation(let nodes): try compile(alternatives: nodes[...])
        case .repetition(let node, let minimum, let maximum, let greed):
            try compile(repetitionOf: node, minimum, maximum, greed)
        case .capture(let node, let index):
            try emit(.startCapture(index))
            try compile(node)
            try emit(.endCapture(index))
        case .lookAhead(let node, let isNegated):
            try compile(alone: node) {
                .look(isAhead: true, isNegated: isNegated, lengths: [], end: $0)
            }
        case .lookBehind(let node, let isNegated):
            let alternatives = if case .alternation(let nodes) = node { nodes } else { [node] }
            var lengths: [Int] = []
            for alternative in alternatives {
                guard let length = alternative.fixedLength else {
                    throw RegularExpression.SyntaxError(
                        problem: "what is looked for behind has no fixed length"
                    )
                }
                if !lengths.contains(length) { lengths.append(length) }
            }
            try compile(alone: node) {
                .look(isAhead: false, isNegated: isNegated, lengths: lengths, end: $0)
            }
        case .atomic(let node):
            try compile(alone: node) { .atomic(end: $0) }
        case .assertion(let assertion): try emit(.assertion(assertion))
        case .backReference(let index, let ignoresCase):
            try emit(.backReference(index, ignoresCase: ignoresCase))
        }
    }

    /// A part that ends with `accept`, behind the instruction that runs it.
    private mutating func compile(
        alone node: RegexNode,
        _ instruction: (_ end: Int) -> Instruction
    ) throws(RegularExpression.SyntaxError) {
        let place = instructions.count
        try emit(.accept)
        try compile(node)
        try emit(.accept)
        instructions[place] = instruction(instructions.count)
    }

    private mutating func compile(
        alternatives nodes: ArraySlice<RegexNode>
    ) throws(RegularExpression.SyntaxError) {
        var jumps: [Int] = []
        for (offset, node) in nodes.enumerated() {
            guard offset + 1 < nodes.count else {
                try compile(node)
                break
            }
            let split = instructions.count
            try emit(.accept)
            try compile(node)
            jumps.append(instructions.count)
            try emit(.accept)
            instructions[split] = .split(split + 1, instructions.count)
        }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func compile(
        repetitionOf node: RegexNode,
        _ minimum: Int,
        _ maximum: Int?,
        _ greed: RegexNode.Greed
    ) throws(RegularExpression.SyntaxError) {
        if case .set(let set) = node {
            try emit(
                .run(set: index(of: set), minimum: minimum, maximum: maximum ?? .max, greed)
            )
            return
        }
        if greed == .possessive {
            try compile(
                .atomic(
                    .repetition(node, minimum: minimum, maximum: maximum, RegexNode.Greed.greedy)
                )
            )
            return
        }
        for _ in 0..<minimum { try compile(node) }
        if let maximum {
            // Each further one only where the one before it was there.
            var exits: [Int] = []
            for _ in minimum..<maximum {
                exits.append(instructions.count)
                try emit(.accept)
                try compile(node)
            }
            for exit in exits {
                instructions[exit] = split(exit + 1, instructions.count, greed)
            }
            return
        }
        let start = instructions.count
        try emit(.accept)
        if node.canBeEmpty {
            let register = registerCount
            registerCount += 1
            try emit(.startPass(register: register))
            try compile(node)
            let end = instructions.count
            try emit(.endPass(register: register, exit: end + 2))
        } else {
            try compile(node)
        }
        try emit(.jump(start))
        instructions[start] = split(start + 1, instructions.count, greed)
    }

    private func split(_ into: Int, _ past: Int, _ greed: RegexNode.Greed) -> Instruction {
        greed == .lazy ? .split(past, into) : .split(into, past)
    }
}
