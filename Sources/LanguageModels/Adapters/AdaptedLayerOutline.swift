/// A linear layer with an adapter, without the weights of either.
struct AdaptedLayerOutline {
    /// The name of the layer's weight.
    let weight: String
    let inputs: Int
    let outputs: Int
    let rank: Int
    /// Whether the lengths of the weight's rows are trained too (DoRA).
    let hasMagnitude: Bool

    /// How many numbers are trained.
    var parameterCount: Int { rank * (inputs + outputs) + (hasMagnitude ? outputs : 0) }

    /// How many numbers its backward keeps for each row, beside the layer's input: A's result, and
    /// with lengths the results of the layer and of the adapter, which they are multiplied with, and
    /// one more of the same size. (Measured: with two a plan was 18 % too low.)
    var keptCount: Int { rank + (hasMagnitude ? 3 * outputs : 0) }
}
