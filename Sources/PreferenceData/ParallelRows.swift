import Dispatch
import Synchronization

extension [RawRow] {
    /// How many rows are worked on at a time: enough to keep some cores busy, few enough that a bad
    /// row at the beginning of a large file is told at once.
    package static var batchSize: Int { 1024 }

    /// Does something with every row, on all cores; the results are in the order of the rows.
    package func concurrentMap<Result: Sendable>(
        _ transform: @Sendable (RawRow) -> Result
    ) -> [Result] {
        let chunkSize = 32
        let chunks = (count + chunkSize - 1) / chunkSize
        let finished = Mutex<[Int: [Result]]>([:])
        DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
            let start = chunk * chunkSize
            let results = self[start..<Swift.min(start + chunkSize, count)].map(transform)
            finished.withLock { $0[chunk] = results }
        }
        return finished.withLock { results in (0..<chunks).flatMap { results[$0] ?? [] } }
    }
}
