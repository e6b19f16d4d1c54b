import RandomNumbers

/// What the layers of one adapter compute with at the moment; they share it.
final class AdapterMode {
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

/// A place in training, from which it follows what dropout drops, and from nothing else.
public struct DropoutPlace: Sendable, Equatable {
    let key: UInt64

    /// - Parameters:
    ///   - seed: of the run.
    ///   - step: the optimizer step.
    ///   - microBatch: within the step.
    public init(seed: UInt64, step: Int, microBatch: Int) {
        var key = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        for part in [step, microBatch] {
            key = SplitMix64.mix(key ^ UInt64(bitPattern: Int64(part)) &+ 0x9E37_79B9_7F4A_7C15)
        }
        self.key = key
    }
}
