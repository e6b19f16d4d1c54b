/// Rows that were left out for one kind of reason.
public struct SkippedRows: Sendable, Equatable, Codable, CustomStringConvertible {
    /// How many places are kept.
    static let placeLimit = 5

    /// Why they were left out.
    public let kind: BadRowKind
    /// How many they are.
    public internal(set) var count: Int
    /// The places of the first of them, at most five.
    public internal(set) var places: [RowSource]

    /// The rows in one line, such as `3 × an answer is empty: a.jsonl:7, 12, b.jsonl:3`.
    public var description: String {
        return "\(count.grouped) × \(kind.rawValue): \(places.listed(of: count))"
    }
}

extension [RowSource] {
    /// The places in one line, such as `a.jsonl:7, 12, b.jsonl:3, …`.
    ///
    /// - Parameters:
    ///   - limit: how many of them are shown.
    ///   - count: how many there are in truth.
    func listed(limit: Int = .max, of count: Int? = nil) -> String {
        var shown: [String] = []
        for (index, place) in prefix(limit).enumerated() {
            // A file's path is long: it stands before its first line only.
            let isSameFile = index > 0 && self[index - 1].file == place.file
            let short = place.element == nil ? "\(place.line)" : place.placeInFile
            shown.append(isSameFile ? short : "\(place)")
        }
        if count ?? self.count > shown.count { shown.append("…") }
        return shown.joined(separator: ", ")
    }
}

extension Int {
    /// The number with what it counts, such as "1 pair" and "2,000 pairs".
    package func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }

    /// The number with commas between its thousands.
    package var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}
