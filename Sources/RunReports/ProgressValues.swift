/// What a line of progress tells of a step; what is nil is left out.
public struct ProgressValues: Sendable, Equatable {
    /// The loss, in nats, mean over the step's pairs.
    public var loss: Double?
    /// The reward of the chosen answer above the rejected one's, mean over the step's pairs.
    public var margin: Double?
    /// The share of the step's pairs whose chosen answer has the greater reward.
    public var accuracy: Double?
    /// Tokens that went through the model in a second.
    public var tokensPerSecond: Double?

    /// Values of a step.
    public init(
        loss: Double? = nil,
        margin: Double? = nil,
        accuracy: Double? = nil,
        tokensPerSecond: Double? = nil
    ) {
        self.loss = loss
        self.margin = margin
        self.accuracy = accuracy
        self.tokensPerSecond = tokensPerSecond
    }
}
