import Dispatch
import Foundation
import Synchronization

/// Control-C and `SIGTERM` while a run trains: the first asks it to end after its step, with a
/// checkpoint; a second one ends the program at once.
///
/// That leaves nothing half: files and folders are written beside their places.
final class StopSignals: Sendable {
    private let first = Atomic<Int32>(0)

    /// The signal that came; nil before one does.
    var received: Int32? {
        let signal = first.load(ordering: .relaxed)
        return signal == 0 ? nil : signal
    }

    /// Runs what the signals can stop.
    ///
    /// - Parameter notice: called once, on another thread, when the first signal comes.
    func whileListening<Result>(
        notice: @escaping @Sendable () -> Void,
        _ body: () throws -> Result
    ) rethrows -> Result {
        let signals = [SIGINT, SIGTERM]
        let sources = signals.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                let before = first.compareExchange(
                    expected: 0,
                    desired: number,
                    ordering: .relaxed
                )
                // Without unwinding: the other thread is in the middle of a step.
                guard before.exchanged else { _exit(128 + number) }
                notice()
            }
            return source
        }
        let handlers = signals.map { signal($0, SIG_IGN) }
        for source in sources { source.activate() }
        defer {
            for source in sources { source.cancel() }
            for (number, handler) in zip(signals, handlers) { signal(number, handler) }
        }
        return try body()
    }
}
