import Dispatch
import Foundation
import Synchronization

/// Control-C while an answer is made: the first stops the answer, a second one the program.
final class Interruption: Sendable {
    private let count = Atomic(0)

    /// Whether the answer at hand shall end.
    var isWanted: Bool { count.load(ordering: .relaxed) > 0 }

    /// Runs what Control-C can stop.
    func whileListening<Result>(_ body: () throws -> Result) rethrows -> Result {
        count.store(0, ordering: .relaxed)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { [self] in
            // The model may be deep in a long prompt, where nobody asks.
            if count.add(1, ordering: .relaxed).oldValue > 0 { Foundation.exit(130) }
        }
        let before = signal(SIGINT, SIG_IGN)
        source.activate()
        defer {
            source.cancel()
            signal(SIGINT, before)
        }
        return try body()
    }
}
