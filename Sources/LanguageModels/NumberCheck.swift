import Dispatch
package import Foundation
import PyTorchFiles
import Safetensors
import Synchronization

/// Looks for NaN and infinities in all numbers of a model's files, on other threads.
///
/// Files that are not in the system's memory come into it meanwhile.
package final class NumberCheck: Sendable {
    private let group = DispatchGroup()
    /// How many there are in each tensor; nil until all are counted.
    private let counts = Mutex<Result<[String: Int], any Error>?>(nil)

    /// Begins to read.
    ///
    /// - Parameter url: a folder or a file that `ModelWeights` opens.
    package init(_ url: URL) {
        DispatchQueue.global().async(group: group) {
            let result = Result { try Self.counts(in: url) }
            self.counts.withLock { $0 = result }
        }
    }

    /// How many numbers of a tensor are NaN or infinite; waits until that is known.
    ///
    /// - Throws: an `InputError` where the files cannot be read.
    func nonFiniteCount(of name: String) throws -> Int {
        group.wait()
        return try counts.withLock { try $0?.get()[name] ?? 0 }
    }

    private static func counts(in url: URL) throws -> [String: Int] {
        // Files do not change once they are open, and are read alone.
        nonisolated(unsafe) let weights = try ModelWeights.open(url)
        let entries = weights.entries
        let result = Mutex<Result<[String: Int], any Error>>(.success([:]))
        DispatchQueue.concurrentPerform(iterations: entries.count) { index in
            let name = entries[index].name
            let count = Result {
                let tensor = try weights.tensorBytes(of: name)
                defer { tensor.releasePages() }
                return withExtendedLifetime(tensor.owner) {
                    entries[index].element.nonFiniteCount(tensor.bytes)
                }
            }
            result.withLock { all in
                all = all.flatMap { counts in
                    count.map { counts.merging([name: $0]) { first, _ in first } }
                }
            }
        }
        return try result.withLock { try $0.get() }
    }
}
