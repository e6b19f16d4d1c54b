import Foundation

/// The memory of this process.
package enum PeakMemory {
    /// The most bytes that the process has had in memory at once (`ru_maxrss`).
    package static var byteCount: Int {
        var usage = rusage()
        #if os(Linux)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024  // Linux counts in KiB, macOS in bytes.
        #else
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
        #endif
    }
}
