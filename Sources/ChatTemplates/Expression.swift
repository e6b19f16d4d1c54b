/// An expression of a template.
///
/// The payloads are objects so that a step of the interpreter needs little stack.
enum Expression: Sendable {
    case constant(Constant)
    case name(NameNode)
    case tuple(ListNode)
    case list(ListNode)
    case dictionary(DictionaryNode)
    case attribute(AttributeNode)
    case item(ItemNode)
    case slice(SliceNode)
    case call(CallNode)
    case filter(FilterNode)
    case test(TestNode)
    case unary(UnaryNode)
    case arithmetic(ArithmeticNode)
    case concatenation(ListNode)
    case comparison(ComparisonNode)
    case logical(LogicalNode)
    case conditional(ConditionalNode)
}

/// A literal.
enum Constant: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(Text)
}

/// The number of a variable name in the template's table of names.
typealias NameID = Int

final class NameNode: Sendable {
    let name: NameID
    let offset: Int

    init(_ name: NameID, at offset: Int) {
        self.name = name
        self.offset = offset
    }
}

final class ListNode: Sendable {
    let elements: [Expression]
    let offset: Int

    init(_ elements: [Expression], at offset: Int) {
        self.elements = elements
        self.offset = offset
    }
}

final class DictionaryNode: Sendable {
    let pairs: [(key: Expression, value: Expression)]
    let offset: Int

    init(_ pairs: [(key: Expression, value: Expression)], at offset: Int) {
        self.pairs = pairs
        self.offset = offset
    }
}

final class AttributeNode: Sendable {
    let object: Expression
    let name: Text
    let offset: Int

    init(_ object: Expression, _ name: Text, at offset: Int) {
        self.object = object
        self.name = name
        self.offset = offset
    }
}

final class ItemNode: Sendable {
    let object: Expression
    let key: Expression
    let offset: Int

    init(_ object: Expression, _ key: Expression, at offset: Int) {
        self.object = object
        self.key = key
        self.offset = offset
    }
}

final class SliceNode: Sendable {
    let object: Expression
    let start, stop, step: Expression?
    let offset: Int

    init(
        _ object: Expression,
        _ bounds: (start: Expression?, stop: Expression?, step: Expression?),
        at offset: Int
    ) {
        self.object = object
        (start, stop, step) = bounds
        self.offset = offset
    }
}

/// The arguments of a call, a filter or a test, as written.
struct ArgumentNodes: Sendable {
    var positional: [Expression] = []
    var keywords: [(name: String, value: Expression)] = []
    /// What follows `*`.
    var sequence: Expression?
    /// What follows `**`.
    var mapping: Expression?

    var all: [Expression] {
        positional + keywords.map(\.value) + [sequence, mapping].compactMap { $0 }
    }
}

final class CallNode: Sendable {
    let callee: Expression
    let arguments: ArgumentNodes
    let offset: Int

    init(_ callee: Expression, _ arguments: ArgumentNodes, at offset: Int) {
        self.callee = callee
        self.arguments = arguments
        self.offset = offset
    }
}

final class FilterNode: Sendable {
    /// What is filtered; nil stands for the text of a filter block or set block.
    let input: Expression?
    let name: String
    let arguments: ArgumentNodes
    let offset: Int

    init(_ input: Expression?, _ name: String, _ arguments: ArgumentNodes, at offset: Int) {
        self.input = input
        self.name = name
        self.arguments = arguments
        self.offset = offset
    }
}

final class TestNode: Sendable {
    let input: Expression
    let name: String
    let arguments: ArgumentNodes
    let offset: Int

    init(_ input: Expression, _ name: String, _ arguments: ArgumentNodes, at offset: Int) {
        self.input = input
        self.name = name
        self.arguments = arguments
        self.offset = offset
    }
}

final class UnaryNode: Sendable {
    enum Operator: Sendable { case not, negative, positive }

    let `operator`: Operator
    let operand: Expression
    let offset: Int

    init(_ `operator`: Operator, _ operand: Expression, at offset: Int) {
        self.operator = `operator`
        self.operand = operand
        self.offset = offset
    }
}

/// A chain of operators of one rank, taken from left to right.
final class ArithmeticNode: Sendable {
    typealias Operand = (symbol: Token.Symbol, value: Expression, offset: Int)

    let first: Expression
    let rest: [Operand]

    init(_ first: Expression, _ rest: [Operand]) {
        self.first = first
        self.rest = rest
    }
}

/// Comparisons in a chain: `a < b < c` holds where both hold.
final class ComparisonNode: Sendable {
    enum Operator: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case `in`
        case notIn
    }

    let first: Expression
    let rest: [(operator: Operator, value: Expression)]
    let offset: Int

    init(_ first: Expression, _ rest: [(operator: Operator, value: Expression)], at offset: Int) {
        self.first = first
        self.rest = rest
        self.offset = offset
    }
}

/// `a and b and c`, or the same with `or`.
final class LogicalNode: Sendable {
    let isAnd: Bool
    let operands: [Expression]

    init(isAnd: Bool, _ operands: [Expression]) {
        self.isAnd = isAnd
        self.operands = operands
    }
}

/// `a if x else b if y else c`.
final class ConditionalNode: Sendable {
    let arms: [(value: Expression, condition: Expression)]
    let otherwise: Expression?
    let offset: Int

    init(
        _ arms: [(value: Expression, condition: Expression)],
        otherwise: Expression?,
        at offset: Int
    ) {
        self.arms = arms
        self.otherwise = otherwise
        self.offset = offset
    }
}

extension Expression {
    /// The expressions right inside this one, in the order of the source.
    var children: [Expression] {
        switch self {
        case .constant, .name: []
        case .tuple(let node), .list(let node), .concatenation(let node): node.elements
        case .dictionary(let node): node.pairs.flatMap { [$0.key, $0.value] }
        case .attribute(let node): [node.object]
        case .item(let node): [node.object, node.key]
        case .slice(let node):
            [node.object] + [node.start, node.stop, node.step].compactMap { $0 }
        case .call(let node): [node.callee] + node.arguments.all
        case .filter(let node): (node.input.map { [$0] } ?? []) + node.arguments.all
        case .test(let node): [node.input] + node.arguments.all
        case .unary(let node): [node.operand]
        case .arithmetic(let node): [node.first] + node.rest.map(\.value)
        case .comparison(let node): [node.first] + node.rest.map(\.value)
        case .logical(let node): node.operands
        case .conditional(let node):
            node.arms.flatMap { [$0.value, $0.condition] } + (node.otherwise.map { [$0] } ?? [])
        }
    }
}
