package import Foundation

/// By what one sees that a file was changed: its size and when it was written.
package struct FileStamp: Equatable, Sendable {
    package let byteCount: Int
    /// Seconds and nanoseconds since 1970.
    private let modified: [Int]

    package init(_ status: stat) {
        byteCount = Int(status.st_size)
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        modified = [time.tv_sec, time.tv_nsec]
    }

    /// The stamp of a regular file, links followed; nil for anything else.
    package init?(_ url: URL) {
        var status = stat()
        guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(status)
    }

    /// When it was written.
    package var date: Date {
        Date(timeIntervalSince1970: Double(modified[0]) + Double(modified[1]) / 1e9)
    }

    /// Seconds since it was written.
    package var age: Double { Date().timeIntervalSince(date) }
}
