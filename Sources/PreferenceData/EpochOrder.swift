import RandomNumbers

/// The order in which an epoch goes through the pairs, or through prompts: the same on every
/// platform for the same seed, and a different one in each epoch.
///
/// A Fisher–Yates shuffle from the end, driven by SplitMix64, whose state begins at the mixed
/// seed plus the epoch. A number below n is the upper half of a 64-bit output times n; outputs
/// that would favour some numbers are drawn again (Lemire, arXiv:1805.10941), so that every order
/// is equally likely. None of it depends on Swift's own `shuffled()`, whose way is not promised.
public struct EpochOrder: Sendable, Equatable {
    /// How many pairs, or prompts, there are.
    public let count: Int
    /// Any number.
    public let seed: UInt64

    /// - Parameters:
    ///   - count: how many pairs, or prompts, there are, 0 or more.
    ///   - seed: any number.
    public init(count: Int, seed: UInt64) {
        precondition(count >= 0, "a count is not negative")
        self.count = count
        self.seed = seed
    }

    /// The indices of all of them, each once, in the order of an epoch.
    ///
    /// - Parameter epoch: the epoch, from 0.
    public func indices(epoch: Int) -> [Int] {
        precondition(epoch >= 0, "epochs are counted from 0")
        var generator = SplitMix64(state: SplitMix64.mix(seed) &+ UInt64(epoch))
        var indices = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            indices.swapAt(last, Int(generator.next(below: UInt64(last) + 1)))
        }
        return indices
    }
}
