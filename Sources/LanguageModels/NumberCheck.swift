import Dispatch
package import Foundation
import PyTorchFiles
import Safetensors
import Synchronization

/// Looks for NaN and infinities in all numbers of a model's files, on other threads.
///
/// Files that are not in the system's memory come into it meanwhile.
package final class NumberCheck: Sendable {
    private struct Findings {
        /// How many there are in each tensor that has any.
        var counts: [String: Int] = [:]
        /// Why a tensor could not be read.
        var error: (any Error)?
    }

    private let group = DispatchGroup()
    private let findings = Mutex(Findings())

    /// Begins to read.
    ///
    /// - Parameter url: a folder or a file that `ModelWeights` opens.
    package init(_ url: URL) {
        DispatchQueue.global().async(group: group) {
            do {
                try self.look(into: ModelWeights.open(url))
            } catch {
                self.findings.withLock { $0.error = error }
            }
        }
    }

    /// How many numbers of a tensor are NaN or infinite; waits until that is known.
    ///
    /// - Throws: an `InputError` where the files cannot be read.
    package func nonFiniteCount(of name: String) throws -> Int {
        group.wait()
        return try findings.withLock {
            if let error = $0.error { throw error }
            return $0.counts[name] ?? 0
        }
    }

    private func look(into weights: any TensorCheckpoint) {
        // Nobody else has it, and nothing in it changes.
        nonisolated(unsafe) let weights = weights
        let entries = weights.entries
        DispatchQueue.concurrentPerform(iterations: entries.count) { index in
            let entry = entries[index]
            do {
                let tensor = try weights.tensorBytes(of: entry.name)
                let count = withExtendedLifetime(tensor.owner) {
                    entry.element.nonFiniteCount(tensor.bytes)
                }
                tensor.releasePages()
                if count > 0 { findings.withLock { $0.counts[entry.name] = count } }
            } catch {
                findings.withLock { $0.error = $0.error ?? error }
            }
        }
    }
}
