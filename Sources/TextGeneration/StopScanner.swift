/// Finds texts that end an answer in text that comes piece by piece.
///
/// What may be the beginning of such a text waits until it is known to be none.
struct StopScanner: Sendable {
    private let stops: [[UInt8]]
    private var waiting: [UInt8] = []

    /// - Parameter stops: none empty.
    init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) } }

    /// Takes the next piece.
    ///
    /// - Returns: the text that is certain now; and whether one of the texts was found, before
    ///   which the returned text ends.
    mutating func append(_ piece: String) -> (text: String, isEnd: Bool) {
        guard !stops.isEmpty else { return (piece, false) }
        waiting += Array(piece.utf8)
        let starts = waiting.indices
        if let found = starts.first(where: { start in
            stops.contains { waiting[start...].starts(with: $0) }
        }) {
            return (take(found), true)
        }
        // A stop begins with a whole character, so nothing is cut within one.
        let beginning = starts.first { start in
            stops.contains { $0.starts(with: waiting[start...]) }
        }
        return (take(beginning ?? waiting.count), false)
    }

    /// Gives out what waits, at the end of the text.
    mutating func finish() -> String { take(waiting.count) }

    private mutating func take(_ count: Int) -> String {
        defer { waiting.removeFirst(count) }
        return String(decoding: waiting[..<count], as: UTF8.self)
    }
}
