public import Foundation

/// What the other end of a file handle can show.
public enum Terminal {
    /// Whether it is a terminal on which a line can renew itself.
    ///
    /// A terminal that calls itself `dumb` cannot.
    public static func isLive(
        _ handle: FileHandle,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Bool {
        isatty(handle.fileDescriptor) == 1 && environment["TERM"] != "dumb"
    }

    /// Its width in columns: what `COLUMNS` says, otherwise what the terminal says, otherwise 80.
    public static func width(
        _ handle: FileHandle,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Int {
        if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }
}
