/// What a look at preference data found.
public struct LintReport: Sendable {
    /// Rows in which one thing was found.
    public struct Finding: Sendable {
        /// What was found.
        public let kind: LintKind
        /// All rows, in order; none where the data as a whole are meant.
        public let rows: [RowSource]
        /// Their numbers among all rows, from 0.
        public let indices: [Int]
        /// Numbers that belong to it.
        public let detail: String?
    }

    /// Rows that are not blank.
    public internal(set) var rowsRead = 0
    /// Different prompts of all rows that can be read.
    public internal(set) var distinctPrompts = 0
    /// What was found, the worst first.
    public internal(set) var findings: [Finding] = []
    /// Lengths in characters, and where there is a tokenizer in tokens.
    public internal(set) var lengths: [LengthBias] = []
    /// What could not be looked for, because there is no tokenizer.
    public internal(set) var unchecked: [LintKind] = []
    /// Rows with an error.
    public internal(set) var rowsWithErrors = 0
    /// Rows with an error or a warning.
    public internal(set) var rowsToLookAt = 0
    /// Rows that a clean file does without, by their number, and why.
    var removals: [Int: LintKind] = [:]
    /// How many of the other rows have what leaving out rows does not mend.
    var remaining: [LintKind: Int] = [:]

    /// Whether there is an error or a warning.
    public var needsAttention: Bool { findings.contains { $0.kind.severity < .note } }

    /// The share of rows with errors from which on data as a whole are not to be trusted.
    static let errorLimit = 0.1

    /// What it comes to, in one line.
    public var verdict: String {
        if rowsWithErrors == rowsRead { return "do not train on this: no row can be used" }
        if Double(rowsWithErrors) > Self.errorLimit * Double(rowsRead) {
            return "do not train on this: \(rowsWithErrors.grouped) of "
                + "\(rowsRead.counted("row")) are errors"
        }
        if rowsToLookAt > 0 {
            return "\(rowsToLookAt.counted("row")) need\(rowsToLookAt == 1 ? "s" : "") attention"
        }
        return needsAttention ? "the data as a whole need attention" : "ready to train"
    }
}

extension LintReport: CustomStringConvertible {
    /// All of it for a person, without a newline at the end.
    public var description: String {
        var lines = ["\(rowsRead.counted("row")), \(distinctPrompts.counted("prompt"))", ""]
        let counts = findings.map { $0.rows.isEmpty ? "" : $0.rows.count.grouped }
        let width = counts.map(\.count).max() ?? 0
        for (finding, count) in zip(findings, counts) {
            let severity = finding.kind.severity.rawValue
            lines.append(
                severity + String(repeating: " ", count: 9 - severity.count)
                    + String(repeating: " ", count: width - count.count) + count
                    + (count.isEmpty ? "   " : " × ") + finding.headline(of: rowsRead)
            )
            for text in [finding.detail, finding.kind.advice].compactMap({ $0 }) {
                lines += text.wrapped(width: 88).map { "         " + $0 }
            }
        }
        if !findings.isEmpty { lines.append("") }
        if !unchecked.isEmpty {
            lines +=
                "not looked for without --model: \(unchecked.map(\.title).joined(separator: "; "))"
                .wrapped(width: 97)
        }
        return (lines + [verdict]).joined(separator: "\n")
    }
}

extension LintReport.Finding {
    /// What was found, the share and the first places.
    fileprivate func headline(of rowsRead: Int) -> String {
        guard !rows.isEmpty else { return kind.title }
        let share = (Double(rows.count) / Double(rowsRead)).percent
        return "\(kind.title) (\(share)): \(rows.listed(limit: SkippedRows.placeLimit))"
    }
}

extension String {
    /// The text in lines of at most `width` characters, broken at blanks.
    fileprivate func wrapped(width: Int) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
