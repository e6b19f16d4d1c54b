/// A weight that an architecture asks for.
public struct ParameterRequest: Sendable, Equatable {
    /// Its name in Hugging Face's files.
    public let name: String
    /// Sizes of its axes.
    public let shape: [Int]
    /// What it is before any training.
    public let initialization: Initialization
    /// How many numbers it has.
    public let count: Int
}

/// What a weight is before any training: transformers' `_init_weights`.
public enum Initialization: Sendable, Equatable {
    /// Normally distributed around 0; the deviation is `initializer_range` times the scale.
    case normal(scale: Double)
    /// Normally distributed with `initializer_range`, but for the row of the padding token: zeros.
    case embedding
    case zeros
    case ones

    /// Normally distributed with `initializer_range`.
    static let normal = normal(scale: 1)
}
