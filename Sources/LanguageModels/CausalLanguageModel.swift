public import TokenTrees
public import Torch

/// A decoder that predicts the next token.
public protocol CausalLanguageModel: AnyObject {
    /// How many tokens it knows.
    var vocabularySize: Int { get }

    /// Its weights, in the order of files, optimizers and checkpoints.
    var parameters: [Parameter] { get }

    /// What is trained in place of `parameters`; nil where there is none.
    var adapter: ModelAdapter? { get }

    /// The vocabulary matrix: logits are hidden states times its transpose, then capped.
    ///
    /// `[vocabulary, hidden]`, compute dtype.
    var vocabularyWeight: Tensor { get }

    /// Logits are capped by softCap · tanh(logit / softCap); not at all where nil.
    var logitSoftCap: Double? { get }

    /// What keeps its routers from favouring few experts; nil where it has none.
    var routerLoss: RouterLoss? { get }

    /// Whether its configuration names a dropout of its own.
    var hasDropout: Bool { get }

    /// A number of a sequence's length in tokens: where two lengths have different ones, the model
    /// gives their rows other positions, and they can share none.
    ///
    /// The larger of two models' numbers serves both.
    func lengthClass(_ length: Int) -> Int

    /// How many positions it has; nil where there is no end to them.
    var positionLimit: Int? { get }

    /// Hidden states behind the last norm, for the rows that predict something.
    ///
    /// - Returns: `[entries, hidden]`, compute dtype: one row per entry of `batch.predictors`.
    /// - Throws: `TorchError`; `ModelError` where a token or a target lies outside the vocabulary.
    func predictorStates(_ batch: PackedBatch) throws -> Tensor

    /// The same in training.
    ///
    /// - Parameters:
    ///   - trace: takes what routers do with all rows of the batch.
    ///   - checkpointing: what is kept for the backward.
    func predictorStates(
        _ batch: PackedBatch,
        tracing trace: RouterTrace?,
        checkpointing: ActivationCheckpointing
    ) throws -> Tensor

    /// Reads what sequences have that was not read yet, without gradients.
    ///
    /// A sequence that reaches another `lengthClass` is read again from its beginning, so that
    /// states never depend on when its tokens came.
    ///
    /// - Parameter sequences: each with at least one token to read.
    /// - Returns: `[sequences, hidden]`, compute dtype: behind the last norm, for each sequence's
    ///   last token.
    /// - Throws: `TorchError`; `ModelError` where a token lies outside the vocabulary or behind
    ///   the last position.
    func nextTokenStates(_ sequences: [CachedSequence]) throws -> Tensor

    /// Takes weights that lie in files out of memory, where the model was loaded with
    /// `ParameterStore.Options.releasesPages`; what is used again comes again.
    func releasePages()

    /// Runs a function in which the adapter's layers, and the model's where the place says so,
    /// drop what follows from a place in training.
    func dropping<Result>(
        at place: DropoutPlace,
        _ body: () throws -> Result
    ) rethrows -> Result
}

extension CausalLanguageModel {
    /// There is none.
    public var adapter: ModelAdapter? { nil }

    /// Logits are not capped.
    public var logitSoftCap: Double? { nil }

    /// It has no routers.
    public var routerLoss: RouterLoss? { nil }

    /// It has none.
    public var hasDropout: Bool { false }

    /// There is none.
    public func releasePages() {}

    /// There is nothing to note, and all is kept.
    public func predictorStates(
        _ batch: PackedBatch,
        tracing trace: RouterTrace?,
        checkpointing: ActivationCheckpointing
    ) throws -> Tensor {
        try predictorStates(batch)
    }

    /// Sequences of any length can share rows.
    public func lengthClass(_ length: Int) -> Int { 0 }

    /// Positions have no end.
    public var positionLimit: Int? { nil }

    /// The logits of hidden states, capped where the model does so.
    ///
    /// - Parameter states: `[rows, hidden]`, compute dtype.
    /// - Returns: `[rows, vocabulary]`, float32.
    public func logits(_ states: Tensor) throws -> Tensor {
        let logits = try states.linear(vocabularyWeight).to(.float32)
        guard let logitSoftCap else { return logits }
        return try (logits / logitSoftCap).hyperbolicTangent() * logitSoftCap
    }

    /// Refuses tokens that the model does not know.
    ///
    /// - Parameter path: where the tokens or the model come from, for the message.
    /// - Throws: `ModelError`.
    public func requireKnown(_ tokens: some Sequence<Int32>, path: String) throws {
        let size = vocabularySize
        guard let stranger = tokens.first(where: { $0 < 0 || $0 >= size }) else { return }
        throw ModelError(
            path: path,
            .tokenOutsideVocabulary(id: Int(stranger), vocabularySize: size)
        )
    }

    /// Refuses a batch with inputs or targets that the model does not know.
    func requireKnown(_ batch: PackedBatch, path: String) throws {
        try requireKnown(batch.tokens, path: path)
        try requireKnown(batch.targets, path: path)
    }

    /// The weights that are trained: some or all of the model's, or its adapter's.
    public var trainedParameters: [Parameter] {
        (adapter?.parameters ?? parameters).filter(\.value.requiresGradient)
    }

    /// What the model was before its adapter is trained; nil where it has none.
    ///
    /// That is the base with the adapter off, or with the saved adapter that training goes on
    /// from. It computes with this model's own weights.
    public var adapterReference: (any CausalLanguageModel)? {
        adapter.map { AdapterReference(self, $0.mode) }
    }

    /// There is nothing to drop.
    public func dropping<Result>(
        at place: DropoutPlace,
        _ body: () throws -> Result
    ) rethrows -> Result {
        try body()
    }

    /// How many numbers are trained.
    public var trainedParameterCount: Int { trainedParameters.reduce(0) { $0 + $1.master.count } }

    /// Brings the weights that layers compute with up to date with their masters.
    ///
    /// Does nothing where they are the same tensors.
    public func refreshValues() throws {
        try withoutGradients {
            for parameter in trainedParameters where parameter.value !== parameter.master {
                try parameter.value.copyInPlace(parameter.master)
                parameter.master.releasePages()
                parameter.releasePages()
            }
        }
    }
}
