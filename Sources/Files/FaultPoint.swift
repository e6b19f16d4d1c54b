import Foundation
import Synchronization

/// A place at which tests let the program die, to see that what is on the disk is whole then.
///
/// `PENCHANT_FAULT=12` ends the process, as `SIGKILL` does, at the twelfth place that it comes to.
/// Without the variable nothing happens.
package enum FaultPoint {
    private static let fatal = ProcessInfo.processInfo.environment["PENCHANT_FAULT"].flatMap(
        Int.init
    )
    private static let count = Atomic<Int>(0)

    /// Says that the program has come to a place between two changes on the disk.
    package static func reach() {
        guard let fatal else { return }
        if count.add(1, ordering: .relaxed).newValue == fatal { kill(getpid(), SIGKILL) }
    }
}
