/// A template as it is after parsing.
struct CompiledTemplate: Sendable {
    let body: [Statement]
    let names: [String]
    let layouts: [FrameLayout]
    let blocks: [String: BlockStatement]

    init(_ source: SourceText) throws {
        let result = try Parser.parse(source)
        body = result.body
        names = result.names
        blocks = result.blocks
        layouts = try ScopeAnalysis.layouts(of: result)
    }
}

/// Renders a template once.
///
/// Extensions hold the statements, the expressions and the operations on values.
final class Interpreter {
    let template: CompiledTemplate
    let budget: Budget
    let clock: @Sendable () -> TemplateDate
    /// Where in the template the operation stands that runs now, for errors.
    var offset = 0
    private(set) var generationSpans: [Range<Int>] = []
    private(set) var rootScope: Scope?

    /// The texts being written: the last is written to, the first is the rendered text.
    private var buffers: [[UInt8]] = [[]]
    private var countedBytes = 0
    private var countedCodePoints = 0

    /// Values of the names in the template that come from outside, by the name's number.
    private var context: [Value?] = []
    private var keptScopes: [Scope] = []
    private var keptNamespaces: [NamespaceObject] = []
    private var keptLoops: [LoopObject] = []

    init(
        _ template: CompiledTemplate,
        _ limits: TemplateLimits,
        clock: @escaping @Sendable () -> TemplateDate
    ) {
        self.template = template
        self.clock = clock
        budget = Budget(limits)
    }

    /// Renders the template.
    ///
    /// - Parameter variables: the value of a name; asked for the names that the template has.
    func render(_ variables: (String, Interpreter) throws -> Value?) throws -> Text {
        defer { releaseKept() }
        context = try template.names.map { name in
            if let value = try variables(name, self) { return value }
            return GlobalFunction(rawValue: name).flatMap {
                $0 == .template ? nil : .function($0)
            }
        }
        let scope = makeScope(0, in: nil)
        scope.set(WellKnownName.`self`.rawValue, .function(.template))
        rootScope = scope
        _ = try execute(template.body, scope)
        return Text(buffers[0])
    }

    // MARK: Scopes

    func makeScope(_ frame: FrameID, in parent: Scope?, fallback: Scope? = nil) -> Scope {
        Scope(template.layouts[frame], in: parent, fallback: fallback) { self.context[$0] }
    }

    func value(of node: NameNode, in scope: Scope) -> Value {
        if let value = scope.find(node.name) { return value }
        // Only what Jinja's analysis forgets is held by no frame: arguments of a set block's filter.
        if !scope.holds(node.name), let value = context[node.name] { return value }
        return Undefined.variable(template.names[node.name])
    }

    /// Keeps a frame alive that a macro holds, until rendering ends.
    func keep(_ scope: Scope) throws {
        if keptScopes.last === scope { return }
        try budget.allocate(256)
        keptScopes.append(scope)
    }

    func keep(_ loop: LoopObject) { keptLoops.append(loop) }

    func makeNamespace(_ attributes: DictionaryObject) throws -> Value {
        try budget.allocate(256)
        let object = NamespaceObject(attributes)
        keptNamespaces.append(object)
        return .namespace(object)
    }

    private func releaseKept() {
        for namespace in keptNamespaces { namespace.attributes = DictionaryObject() }
        for loop in keptLoops { loop.clear() }
        for scope in keptScopes { scope.clear() }
        rootScope?.clear()
    }

    // MARK: Output

    func write(_ text: Text) throws {
        let last = buffers.count - 1
        guard buffers[last].count + text.bytes.count <= budget.limits.outputBytes else {
            throw Failure.limit("the text grows over \(budget.limits.outputBytes) bytes")
        }
        try budget.allocate(text.bytes.count)
        buffers[last].append(contentsOf: text.bytes)
    }

    /// What is written while `body` runs, which then is not written.
    func capture(_ body: () throws -> Void) throws -> Text {
        buffers.append([])
        defer { buffers.removeLast() }
        try body()
        return Text(buffers[buffers.count - 1])
    }

    /// Notes a text that the assistant wrote.
    ///
    /// transformers measures from what the template itself has written so far, also where the text
    /// is made inside a macro and comes out elsewhere.
    func trackGeneration(_ text: Text) {
        countedCodePoints += buffers[0][countedBytes...].codePointCount
        countedBytes = buffers[0].count
        generationSpans.append(countedCodePoints..<(countedCodePoints + text.count))
    }
}
