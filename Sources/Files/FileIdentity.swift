package import Foundation

/// What tells a file or folder from every other one, by whatever path it is reached.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// The identity of what a path leads to, links followed; nil where there is nothing.
    package init?(_ url: URL) {
        var status = stat()
        guard stat(url.path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// The identities of a file and of all folders that it lies in; none where there is nothing.
    package static func path(to url: URL) -> Set<FileIdentity> {
        guard let resolved = realpath(url.path, nil) else { return [] }
        defer { free(resolved) }
        var place = URL(fileURLWithPath: String(cString: resolved))
        var identities: Set<FileIdentity> = []
        while true {
            if let identity = FileIdentity(place) { identities.insert(identity) }
            guard place.path != "/" else { return identities }
            place.deleteLastPathComponent()
        }
    }
}
