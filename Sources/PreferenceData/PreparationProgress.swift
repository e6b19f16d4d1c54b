/// How far the preparation of data is.
public struct PreparationProgress: Sendable, Equatable {
    /// Rows read so far.
    public var rows: Int
    /// Bytes of the files that were read, as they lie on the disk.
    public var bytesRead: Int
    /// Bytes of all files; nil where that is not known, as of standard input.
    public var byteCount: Int?
    /// Seconds since the preparation began.
    public var seconds: Double

    /// How much of the files is done, from 0 to 1; nil where their size is not known.
    public var share: Double? {
        byteCount.map { $0 > 0 ? min(1, Double(bytesRead) / Double($0)) : 1 }
    }

    /// Seconds that are left, if it goes on as it went; nil where that cannot be told.
    public var secondsLeft: Double? {
        share.flatMap { $0 > 0 ? seconds / $0 * (1 - $0) : nil }
    }
}
