/// What the layers of one model and of its adapter compute at the moment; they share it.
final class ComputeMode {
    /// Whether the layers compute what the model was before training.
    private(set) var isReference = false
    /// Where in training the layers are; they drop nothing where it is nil.
    private(set) var dropout: DropoutPlace?

    func asReference<Result>(_ body: () throws -> Result) rethrows -> Result {
        let before = (isReference, dropout)
        (isReference, dropout) = (true, nil)
        defer { (isReference, dropout) = before }
        return try body()
    }

    func dropping<Result>(
        at place: DropoutPlace,
        _ body: () throws -> Result
    ) rethrows -> Result {
        let before = dropout
        dropout = place
        defer { dropout = before }
        return try body()
    }
}
