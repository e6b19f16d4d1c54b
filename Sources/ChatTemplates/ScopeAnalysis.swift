/// Finds the frames of a template and checks what Jinja checks when it compiles.
struct ScopeAnalysis {
    private(set) var layouts: [FrameLayout]

    /// - Throws: `Failure` of kind syntax where a filter or test does not exist, outside of `if`.
    static func layouts(of result: Parser.Result) throws -> [FrameLayout] {
        var analysis = ScopeAnalysis(
            layouts: Array(repeating: FrameLayout(), count: result.frameCount)
        )
        let root = Symbols(parent: nil)
        if Self.undeclared([.`self`], in: result.body).contains(.`self`) {
            root.declareParameter(WellKnownName.`self`.rawValue)
        }
        visit(result.body, root)
        try analysis.enter(result.body, root, isSoft: false)
        analysis.layouts[0] = FrameLayout(root)
        return analysis.layouts
    }

    // MARK: Reading a frame's own names

    private static func visit(_ statements: [Statement], _ symbols: Symbols) {
        for statement in statements { visit(statement, symbols) }
    }

    /// Notes the names that a statement uses in its frame; what has a frame of its own is not
    /// entered.
    private static func visit(_ statement: Statement, _ symbols: Symbols) {
        switch statement {
        case .output(let parts):
            for case .expression(let expression) in parts { visit(expression, symbols) }
        case .conditional(let statement): visit(statement.arms[...], statement.otherwise, symbols)
        case .loop(let statement): visit(statement.sequence, symbols)
        case .assignment(let statement):
            visit(statement.value, symbols)
            visit(statement.target, symbols) { symbols.store($0) }
        case .blockAssignment(let statement):
            visit(statement.target, symbols) { symbols.store($0) }
        case .macro(let statement): symbols.store(statement.name)
        case .callBlock(let statement): visit(.call(statement.call), symbols)
        case .filterBlock(let statement): visit(statement.filter, symbols)
        case .with(let statement):
            for variable in statement.variables { visit(variable.value, symbols) }
        case .otherTemplate(let statement):
            visit(statement.name, symbols)
            for name in statement.targets { symbols.store(name) }
        case .generation, .scope, .block, .break, .continue: break
        }
    }

    private static func visit(
        _ arms: ArraySlice<(condition: Expression, body: [Statement])>,
        _ otherwise: [Statement],
        _ symbols: Symbols
    ) {
        guard let first = arms.first else { return }
        visit(first.condition, symbols)
        symbols.branch([
            { visit(first.body, $0) },
            { inner in
                // Each `elif` is an `if` of its own here, one after the other.
                for arm in arms.dropFirst() {
                    visit(arm.condition, inner)
                    inner.branch([{ visit(arm.body, $0) }])
                }
            },
            { visit(otherwise, $0) },
        ])
    }

    private static func visit(_ expression: Expression, _ symbols: Symbols) {
        if case .name(let node) = expression { symbols.load(node.name) }
        for child in expression.children { visit(child, symbols) }
    }

    private static func visit(
        _ target: AssignmentTarget,
        _ symbols: Symbols,
        store: (NameID) -> Void
    ) {
        switch target {
        case .name(let name, _): store(name)
        case .attribute(let name, _, _): symbols.load(name)
        case .tuple(let targets, _):
            for target in targets { visit(target, symbols, store: store) }
        }
    }

    // MARK: Entering the frames inside

    private mutating func enter(_ statements: [Statement], _ symbols: Symbols, isSoft: Bool) throws
    {
        for statement in statements { try enter(statement, symbols, isSoft: isSoft) }
    }

    private mutating func enter(_ statement: Statement, _ symbols: Symbols, isSoft: Bool) throws {
        switch statement {
        case .output(let parts):
            for case .expression(let expression) in parts { try check(expression, isSoft) }
        case .conditional(let statement):
            for arm in statement.arms {
                try check(arm.condition, true)
                try enter(arm.body, symbols, isSoft: true)
            }
            try enter(statement.otherwise, symbols, isSoft: true)
        case .loop(let statement): try enter(statement, symbols, isSoft: isSoft)
        case .assignment(let statement): try check(statement.value, isSoft)
        case .blockAssignment(let statement):
            try enterFrame(statement.frame, symbols, statement.body) { _ in }
            if let filter = statement.filter { try check(filter, false) }
        case .macro(let statement): try enter(statement.definition, symbols)
        case .callBlock(let statement):
            try enter(statement.caller, symbols)
            try check(.call(statement.call), isSoft)
        case .filterBlock(let statement):
            try enterFrame(statement.frame, symbols, statement.body) {
                Self.visit(statement.filter, $0)
            }
            try check(statement.filter, false)
        case .generation(let statement):
            try enterFrame(statement.frame, symbols, statement.body) { _ in }
        case .with(let statement):
            for variable in statement.variables { try check(variable.value, isSoft) }
            try enterFrame(statement.frame, symbols, statement.body) { inner in
                for variable in statement.variables {
                    Self.visit(variable.target, inner) { inner.declareParameter($0) }
                }
            }
        case .scope(let statement):
            try enterFrame(statement.frame, symbols, statement.body) {
                Self.visit(statement.autoescape, $0)
            }
        case .block(let statement):
            // A block sees the template's variables, but not those of the frames around it.
            let special = Self.undeclared([.`self`, .`super`], in: statement.body)
            try enterFrame(statement.frame, nil, statement.body) { inner in
                for name in special { inner.declareParameter(name.rawValue) }
            }
        case .otherTemplate(let statement): try check(statement.name, isSoft)
        case .break, .continue: break
        }
    }

    /// Notes the names of an inner frame and enters those inside it.
    private mutating func enterFrame(
        _ frame: FrameID,
        _ outer: Symbols?,
        _ body: [Statement],
        before: (Symbols) -> Void
    ) throws {
        let symbols = Symbols(parent: outer)
        before(symbols)
        Self.visit(body, symbols)
        try enter(body, symbols, isSoft: false)
        layouts[frame] = FrameLayout(symbols)
    }

    private mutating func enter(_ loop: ForStatement, _ symbols: Symbols, isSoft: Bool) throws {
        try check(loop.sequence, isSoft)
        if let offset = Self.assignmentToLoop(in: loop) {
            throw Failure.syntax(
                "Can't assign to special loop variable in for-loop target",
                at: offset
            )
        }
        try enterFrame(loop.frames.body, symbols, loop.body) { inner in
            inner.declareParameter(WellKnownName.loop.rawValue)
            Self.visit(loop.target, inner) { inner.declareParameter($0) }
        }
        try enterFrame(loop.frames.otherwise, symbols, loop.otherwise) { _ in }
        guard let test = loop.test else { return }
        try check(test, false)
        try enterFrame(loop.frames.test, symbols, []) { inner in
            Self.visit(loop.target, inner) { inner.declareParameter($0) }
            Self.visit(test, inner)
        }
    }

    private mutating func enter(_ macro: MacroDefinition, _ outer: Symbols) throws {
        let symbols = Symbols(parent: outer)
        for parameter in macro.parameters { symbols.declareParameter(parameter.name) }
        for parameter in macro.parameters {
            if let value = parameter.default {
                Self.visit(value, symbols)
                try check(value, false)
            }
        }
        Self.visit(macro.body, symbols)
        let special = Self.undeclared([.caller, .kwargs, .varargs], in: macro.body)
        for name in special {
            if let parameter = macro.parameters.first(where: { $0.name == name.rawValue }) {
                guard name != .caller || parameter.default != nil else {
                    throw Failure.syntax(
                        "When defining macros or call blocks the special \"caller\" argument must "
                            + "be omitted or be given a default.",
                        at: macro.offset
                    )
                }
            } else {
                symbols.declareParameter(name.rawValue)
            }
        }
        try enter(macro.body, symbols, isSoft: false)
        var layout = FrameLayout(symbols)
        func uses(_ name: WellKnownName) -> Bool {
            special.contains(name)
                && (name == .caller
                    || !macro.parameters.contains { $0.name == name.rawValue })
        }
        layout.usesCaller = uses(.caller)
        layout.usesKeywords = uses(.kwargs)
        layout.usesVariadic = uses(.varargs)
        layouts[macro.frame] = layout
    }

    // MARK: Checks

    /// - Parameter isSoft: inside `if` a missing filter fails only where it is called.
    private func check(_ expression: Expression, _ isSoft: Bool) throws {
        var isSoft = isSoft
        switch expression {
        case .filter(let node) where !isSoft && Filters.named(node.name) == nil:
            throw Failure.syntax("No filter named '\(node.name)'.", at: node.offset)
        case .test(let node) where !isSoft && Tests.named(node.name) == nil:
            throw Failure.syntax("No test named '\(node.name)'.", at: node.offset)
        case .conditional: isSoft = true
        default: break
        }
        for child in expression.children { try check(child, isSoft) }
    }

    private static func assignmentToLoop(in loop: ForStatement) -> Int? {
        var found: Int?
        func look(_ target: AssignmentTarget) {
            switch target {
            case .name(WellKnownName.loop.rawValue, let offset): found = found ?? offset
            case .tuple(let targets, _): targets.forEach(look)
            default: break
            }
        }
        func look(_ statements: [Statement]) {
            for statement in statements {
                switch statement {
                case .assignment(let inner): look(inner.target)
                case .blockAssignment(let inner): look(inner.target)
                case .loop(let inner): look(inner.target)
                default: break
                }
                statement.bodies.forEach(look)
            }
        }
        look(loop.target)
        look(loop.body)
        look(loop.otherwise)
        return found
    }

    /// Which of the names are read before anything assigns them, inner frames included.
    private static func undeclared(
        _ names: Set<WellKnownName>,
        in statements: [Statement]
    ) -> Set<WellKnownName> {
        var open = names
        var found: Set<WellKnownName> = []
        func read(_ expression: Expression) {
            if case .name(let node) = expression, let name = WellKnownName(rawValue: node.name),
                open.contains(name)
            {
                found.insert(name)
            }
            expression.children.forEach(read)
        }
        func assign(_ target: AssignmentTarget) {
            switch target {
            case .name(let name, _): assign(name)
            case .attribute: break
            case .tuple(let targets, _): targets.forEach(assign)
            }
        }
        func assign(_ name: NameID) {
            if let name = WellKnownName(rawValue: name) { open.remove(name) }
        }
        func readMacro(_ macro: MacroDefinition) {
            for parameter in macro.parameters { assign(parameter.name) }
            for parameter in macro.parameters { parameter.default.map(read) }
            macro.body.forEach(read)
        }
        func read(_ statement: Statement) {
            switch statement {
            case .output(let parts):
                for case .expression(let expression) in parts { read(expression) }
            case .conditional(let statement):
                for arm in statement.arms {
                    read(arm.condition)
                    arm.body.forEach(read)
                }
                statement.otherwise.forEach(read)
            case .loop(let statement):
                assign(statement.target)
                read(statement.sequence)
                statement.body.forEach(read)
                statement.otherwise.forEach(read)
                statement.test.map(read)
            case .assignment(let statement):
                assign(statement.target)
                read(statement.value)
            case .blockAssignment(let statement):
                assign(statement.target)
                statement.filter.map(read)
                statement.body.forEach(read)
            case .macro(let statement): readMacro(statement.definition)
            case .callBlock(let statement):
                read(.call(statement.call))
                readMacro(statement.caller)
            case .filterBlock(let statement):
                statement.body.forEach(read)
                read(statement.filter)
            case .generation(let statement): statement.body.forEach(read)
            case .with(let statement):
                for variable in statement.variables { assign(variable.target) }
                for variable in statement.variables { read(variable.value) }
                statement.body.forEach(read)
            case .scope(let statement):
                read(statement.autoescape)
                statement.body.forEach(read)
            case .otherTemplate(let statement): read(statement.name)
            case .block, .break, .continue: break
            }
        }
        statements.forEach(read)
        return found
    }
}

extension Statement {
    /// The statements inside this one.
    fileprivate var bodies: [[Statement]] {
        switch self {
        case .conditional(let statement): statement.arms.map(\.body) + [statement.otherwise]
        case .loop(let statement): [statement.body, statement.otherwise]
        case .blockAssignment(let statement): [statement.body]
        case .macro(let statement): [statement.definition.body]
        case .callBlock(let statement): [statement.caller.body]
        case .filterBlock(let statement): [statement.body]
        case .generation(let statement): [statement.body]
        case .with(let statement): [statement.body]
        case .scope(let statement): [statement.body]
        case .block(let statement): [statement.body]
        case .output, .assignment, .break, .continue, .otherTemplate: []
        }
    }
}
