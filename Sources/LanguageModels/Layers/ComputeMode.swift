/// What the layers of one model and of its adapter compute at the moment; they share it.
final class ComputeMode {
    struct State {
        /// Whether the layers compute what the model was before training.
        var isReference = false
        /// Where in training the layers are; they drop nothing where it is nil.
        var dropout: DropoutPlace?
    }

    private(set) var state = State()

    var isReference: Bool { state.isReference }
    var dropout: DropoutPlace? { state.dropout }

    /// Runs a function in a state.
    func with<Result>(_ state: State, _ body: () throws -> Result) rethrows -> Result {
        let before = self.state
        self.state = state
        defer { self.state = before }
        return try body()
    }

    func asReference<Result>(_ body: () throws -> Result) rethrows -> Result {
        try with(State(isReference: true), body)
    }

    func dropping<Result>(
        at place: DropoutPlace,
        _ body: () throws -> Result
    ) rethrows -> Result {
        try with(State(isReference: isReference, dropout: place), body)
    }
}
