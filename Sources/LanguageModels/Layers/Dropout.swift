import RandomNumbers
import Torch

/// A place in training, from which it follows what dropout drops, and from nothing else.
public struct DropoutPlace: Sendable, Equatable {
    let key: UInt64
    /// Whether the model's own dropout drops too, not the adapter's alone.
    let includesModel: Bool

    /// - Parameters:
    ///   - seed: of the run.
    ///   - step: the optimizer step.
    ///   - microBatch: within the step.
    ///   - includesModel: whether the model's own dropout drops too, not the adapter's alone.
    public init(seed: UInt64, step: Int, microBatch: Int, includesModel: Bool = false) {
        var key = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        for part in [step, microBatch] {
            key = SplitMix64.mix(key ^ UInt64(bitPattern: Int64(part)) &+ 0x9E37_79B9_7F4A_7C15)
        }
        self.key = key
        self.includesModel = includesModel
    }
}

/// What a model's own dropout sets to zero in training, as shares from 0 to below 1.
struct DropoutShares: Sendable, Equatable {
    /// Of what the first layer reads.
    var embedding = 0.0
    /// Of attention's probabilities.
    var attention = 0.0
    /// Of what attention adds to the states.
    var attentionOutput = 0.0
    /// Of what the feed-forward block adds to them.
    var feedForwardOutput = 0.0

    /// Whether anything is dropped.
    var isAny: Bool { self != DropoutShares() }
}

/// The dropout of one module.
struct Dropout {
    /// How much is dropped, from 0 to below 1.
    private let share: Double
    /// Tells the module's dropout from other modules'.
    private let module: UInt64

    /// - Parameter module: the module's name.
    init(_ module: String, share: Double) {
        self.share = share
        self.module = Self.hash(module)
    }

    /// What is dropped at a place; nil where nothing is.
    func mask(at place: DropoutPlace?) -> DropoutMask? {
        guard share > 0, let place else { return nil }
        return DropoutMask(share: share, seed: place.key ^ module)
    }

    /// Numbers with some dropped; as they are where the place is nil.
    func callAsFunction(_ x: Tensor, at place: DropoutPlace?) throws(TorchError) -> Tensor {
        guard let mask = mask(at: place) else { return x }
        // Nothing is kept for the backward: what was dropped is found again.
        return try withCustomGradient([x]) { () throws(TorchError) in
            CustomGradient([try x * mask.factors(for: x)]) { (gradients, _) throws(TorchError) in
                [try gradients[0] * mask.factors(for: gradients[0])]
            }
        }[0]
    }

    /// A number that tells modules apart.
    static func hash(_ name: String) -> UInt64 { SplitMix64.mix(nameHash(name)) }
}

/// Which numbers of a tensor are dropped: it follows from a seed and the tensor's shape.
public struct DropoutMask: Sendable {
    let share: Double
    let seed: UInt64

    /// - Parameter share: how much is dropped, from 0 to below 1.
    public init(share: Double, seed: UInt64) {
        (self.share, self.seed) = (share, seed)
    }

    /// Zeros where a number is dropped, otherwise what keeps the mean as it is.
    ///
    /// Of the shape and dtype of a tensor.
    func factors(for x: Tensor) throws(TorchError) -> Tensor {
        let chance = try Tensor.uniform(x.shape, seed: seed, on: x.device)
        let isDropped = try Tensor.full([], share, .float32, on: x.device).isGreater(than: chance)
        return try Tensor.full(x.shape, 1 / (1 - share), x.dtype, on: x.device)
            .filled(where: isDropped, with: 0)
    }

    /// The mask of one of several tensors.
    func part(_ index: Int) -> DropoutMask {
        DropoutMask(share: share, seed: SplitMix64.mix(seed &+ UInt64(index)))
    }
}
