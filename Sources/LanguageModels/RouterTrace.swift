public import TokenTrees
import Torch

/// What the routers of one pass did with the tokens of each sequence.
public final class RouterTrace {
    /// One layer with experts.
    struct Layer {
        let expertCount: Int
        /// How many experts a token goes to.
        let choiceCount: Int
        /// `[sequences · experts]`: how many of the sequence's tokens went to the expert.
        let choices: [Double]
        /// `[sequences, experts]`, float32, differentiable: sums of the tokens' probabilities.
        var probabilities: Tensor
    }

    /// In the order in which the pass came to them.
    private(set) var layers: [Layer] = []
    /// How many rows each sequence has.
    let lengths: [Int]

    private let sequenceRows: [[Int32]]

    /// Begins the trace of a pass over a batch.
    ///
    /// Of sequences that are not read whole, only the rows that are there count.
    ///
    /// - Parameter sequences: those that count, each as often as it is named; nil for all, once.
    public init(_ batch: PackedBatch, counting sequences: [Int]? = nil) {
        sequenceRows = sequences?.map { batch.sequenceRows[$0] } ?? batch.sequenceRows
        lengths = sequenceRows.map(\.count)
    }

    private init(_ sequenceRows: [[Int32]]) {
        self.sequenceRows = sequenceRows
        lengths = sequenceRows.map(\.count)
    }

    /// A trace of the same sequences with nothing noted yet.
    func beginning() -> RouterTrace { RouterTrace(sequenceRows) }

    /// Adds what another trace noted.
    ///
    /// - Parameter probabilities: of its layers, in the place of its own.
    func add(_ other: RouterTrace, probabilities: [Tensor]) {
        for (var layer, sums) in zip(other.layers, probabilities) {
            layer.probabilities = sums
            layers.append(layer)
        }
    }

    /// Notes what a router did.
    ///
    /// - Parameters:
    ///   - probabilities: `[rows, experts]`, float32.
    ///   - choices: where each row went.
    func add(_ probabilities: Tensor, _ choices: ExpertChoices) throws {
        let (device, experts) = (probabilities.device, choices.expertCount)
        let owners = lengths.enumerated().flatMap { Array(repeating: Int32($0), count: $1) }
        let sums = try Tensor.zeros([lengths.count, experts], .float32, on: device)
        try sums.addInPlace(
            probabilities.selected(Tensor(sequenceRows.flatMap(\.self), on: device)),
            at: Tensor(owners, on: device)
        )
        var counts = [Double](repeating: 0, count: lengths.count * experts)
        for (sequence, rows) in sequenceRows.enumerated() {
            for row in rows {
                for expert in choices[Int(row)] { counts[sequence * experts + expert] += 1 }
            }
        }
        layers.append(
            Layer(
                expertCount: experts,
                choiceCount: choices.count,
                choices: counts,
                probabilities: sums
            )
        )
    }
}
