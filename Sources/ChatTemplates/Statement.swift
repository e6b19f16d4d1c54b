/// A statement of a template, or text and expressions to print.
enum Statement: Sendable {
    case output([OutputPart])
    case conditional(IfStatement)
    case loop(ForStatement)
    case assignment(AssignmentStatement)
    case blockAssignment(BlockAssignmentStatement)
    case macro(MacroStatement)
    case callBlock(CallBlockStatement)
    case filterBlock(FilterBlockStatement)
    case generation(GenerationStatement)
    case with(WithStatement)
    case scope(ScopeStatement)
    case block(BlockStatement)
    case `break`
    case `continue`
    /// `extends`, `include`, `import` and `from`: there is no other template to find.
    case otherTemplate(OtherTemplateStatement)
}

/// Text as it stands in the template, or an expression whose value is printed.
enum OutputPart: Sendable {
    case text(Text)
    case expression(Expression)
}

/// The number of a statement's variable frame in the template's table of frames.
typealias FrameID = Int

/// What can stand left of `=`, or after `for`.
indirect enum AssignmentTarget: Sendable {
    case name(NameID, offset: Int)
    case attribute(ofNamespace: NameID, Text, offset: Int)
    case tuple([AssignmentTarget], offset: Int)
}

final class IfStatement: Sendable {
    let arms: [(condition: Expression, body: [Statement])]
    let otherwise: [Statement]

    init(_ arms: [(condition: Expression, body: [Statement])], otherwise: [Statement]) {
        self.arms = arms
        self.otherwise = otherwise
    }
}

final class ForStatement: Sendable {
    struct Frames: Sendable { let body, test, otherwise: FrameID }

    let target: AssignmentTarget
    let sequence: Expression
    let test: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
    let frames: Frames
    let offset: Int

    init(
        target: AssignmentTarget,
        sequence: Expression,
        test: Expression?,
        isRecursive: Bool,
        body: [Statement],
        otherwise: [Statement],
        frames: Frames,
        at offset: Int
    ) {
        self.target = target
        self.sequence = sequence
        self.test = test
        self.isRecursive = isRecursive
        self.body = body
        self.otherwise = otherwise
        self.frames = frames
        self.offset = offset
    }
}

final class AssignmentStatement: Sendable {
    let target: AssignmentTarget
    let value: Expression
    let offset: Int

    init(_ target: AssignmentTarget, _ value: Expression, at offset: Int) {
        self.target = target
        self.value = value
        self.offset = offset
    }
}

final class BlockAssignmentStatement: Sendable {
    let target: AssignmentTarget
    /// A chain of filters whose innermost input is the text of the body.
    let filter: Expression?
    let body: [Statement]
    let frame: FrameID
    let offset: Int

    init(
        _ target: AssignmentTarget,
        filter: Expression?,
        body: [Statement],
        frame: FrameID,
        at offset: Int
    ) {
        self.target = target
        self.filter = filter
        self.body = body
        self.frame = frame
        self.offset = offset
    }
}

/// Parameters and body, of a macro or of a call block.
final class MacroDefinition: Sendable {
    typealias Parameter = (name: NameID, text: String, default: Expression?)

    /// The name, or nil for a call block.
    let name: String?
    let parameters: [Parameter]
    let body: [Statement]
    let frame: FrameID
    let offset: Int

    init(
        name: String?,
        parameters: [Parameter],
        body: [Statement],
        frame: FrameID,
        at offset: Int
    ) {
        self.name = name
        self.parameters = parameters
        self.body = body
        self.frame = frame
        self.offset = offset
    }
}

final class MacroStatement: Sendable {
    let name: NameID
    let definition: MacroDefinition

    init(_ name: NameID, _ definition: MacroDefinition) {
        self.name = name
        self.definition = definition
    }
}

final class CallBlockStatement: Sendable {
    let call: CallNode
    let caller: MacroDefinition

    init(_ call: CallNode, caller: MacroDefinition) {
        self.call = call
        self.caller = caller
    }
}

final class FilterBlockStatement: Sendable {
    let filter: Expression
    let body: [Statement]
    let frame: FrameID

    init(_ filter: Expression, body: [Statement], frame: FrameID) {
        self.filter = filter
        self.body = body
        self.frame = frame
    }
}

/// `{% generation %}`: text that the assistant wrote, tracked by transformers' extension.
final class GenerationStatement: Sendable {
    let body: [Statement]
    let frame: FrameID

    init(_ body: [Statement], frame: FrameID) {
        self.body = body
        self.frame = frame
    }
}

final class WithStatement: Sendable {
    let variables: [(target: AssignmentTarget, value: Expression)]
    let body: [Statement]
    let frame: FrameID

    init(
        _ variables: [(target: AssignmentTarget, value: Expression)],
        body: [Statement],
        frame: FrameID
    ) {
        self.variables = variables
        self.body = body
        self.frame = frame
    }
}

/// `{% autoescape %}`: a frame of its own, whose option must be false.
final class ScopeStatement: Sendable {
    let autoescape: Expression
    let body: [Statement]
    let frame: FrameID
    let offset: Int

    init(autoescape: Expression, body: [Statement], frame: FrameID, at offset: Int) {
        self.autoescape = autoescape
        self.body = body
        self.frame = frame
        self.offset = offset
    }
}

final class BlockStatement: Sendable {
    let name: String
    let isScoped: Bool
    let isRequired: Bool
    let body: [Statement]
    let frame: FrameID
    let offset: Int

    init(
        _ name: String,
        isScoped: Bool,
        isRequired: Bool,
        body: [Statement],
        frame: FrameID,
        at offset: Int
    ) {
        self.name = name
        self.isScoped = isScoped
        self.isRequired = isRequired
        self.body = body
        self.frame = frame
        self.offset = offset
    }
}

final class OtherTemplateStatement: Sendable {
    let name: Expression
    /// Names that the statement would assign.
    let targets: [NameID]
    let offset: Int

    init(_ name: Expression, targets: [NameID], at offset: Int) {
        self.name = name
        self.targets = targets
        self.offset = offset
    }
}
