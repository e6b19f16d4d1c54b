import PreferenceData
import TokenTrees
import Torch

/// Memory does not suffice for a micro-batch.
struct MemoryShortage: Error {
    /// What it holds.
    let preferences: [Preference]
    /// How many rows it has.
    let rowCount: Int
    /// What libtorch says.
    let reason: String
}

extension MicroBatch {
    /// Computes with the micro-batch, so that an error for want of memory tells of it.
    func computing<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as TorchError where error.kind == .outOfMemory {
            throw MemoryShortage(
                preferences: preferences,
                rowCount: batch.tokens.count,
                reason: error.message
            )
        }
    }
}
