/// Brings what was found in rows together, in the order of the rows.
///
/// Memory is bounded by a few digests and numbers a row.
struct LintTally {
    private var report = LintReport()
    /// The place of each row.
    private var sources: [RowSource] = []
    /// The numbers of the rows in which something was found.
    private var found: [LintKind: [Int]] = [:]
    private var contents: Set<ContentDigest> = []
    private var prompts: Set<ContentDigest> = []
    /// Which judgements of a subject there are: 1 one way, 2 the other, 3 both.
    private var judgements: [ContentDigest: UInt8] = [:]
    private var judged: [(subject: ContentDigest, row: Int)] = []
    /// The rows of the current file by their form, in the order in which forms came.
    private var forms: [(form: String, rows: [Int])] = []
    private var textRows = 0
    private var lacksTokenizer = false
    private var characters = LengthBias(unit: .characters)
    private var tokens = LengthBias(unit: .tokens)
    private var cutSequences = 0
    private var cutTokens = 0
    private var boundaryTokens = 0

    mutating func add(_ row: InspectedRow, at source: RowSource) {
        if let last = sources.last, last.file != source.file { endFile() }
        let index = sources.count
        sources.append(source)
        var isNew = false
        if let content = row.content {
            isNew = contents.insert(content).inserted
            if !isNew { found[.duplicate, default: []].append(index) }
        }
        if let prompt = row.prompt, !prompts.insert(prompt).inserted, isNew {
            found[.repeatedPrompt, default: []].append(index)
        }
        for judgement in row.judgements {
            judgements[judgement.subject, default: 0] |= judgement.isFirst ? 1 : 2
            judged.append((judgement.subject, index))
        }
        for kind in row.kinds {
            // Only all rows together tell what tokens in texts mean.
            let kind = kind == .specialToken && row.isText ? .renderedConversation : kind
            found[kind, default: []].append(index)
        }
        if let form = row.form {
            if let known = forms.firstIndex(where: { $0.form == form }) {
                forms[known].rows.append(index)
            } else {
                forms.append((form, [index]))
            }
        }
        for lengths in row.characters {
            characters.add(better: lengths.better, worse: lengths.worse)
        }
        for lengths in row.tokens { tokens.add(better: lengths.better, worse: lengths.worse) }
        textRows += row.isText ? 1 : 0
        lacksTokenizer = lacksTokenizer || row.lacksTokenizer
        cutSequences += row.cutSequences
        cutTokens += row.cutTokens
        boundaryTokens += row.boundaryTokens
    }

    /// The report on all rows.
    consuming func finish() -> LintReport {
        endFile()
        for (subject, row) in judged
        where judgements[subject] == 3 && found[.contradiction]?.last != row {
            found[.contradiction, default: []].append(row)
        }
        if let rows = found[.renderedConversation], 2 * rows.count <= textRows {
            found[.renderedConversation] = nil
            found[.specialToken] = (found[.specialToken, default: []] + rows).sorted()
        }
        report.rowsRead = sources.count
        report.distinctPrompts = prompts.count
        report.lengths = [characters, tokens].filter { $0.count > 0 }
        if lacksTokenizer {
            report.unchecked = [
                .badRow(.equalAfterTruncation), .badRow(.promptTooLong), .truncated, .missingEnd,
                .unscoredFirstToken, .boundaryShift,
            ]
        }
        report.findings = found.map { kind, rows in
            .init(
                kind: kind,
                rows: rows.map { sources[$0] },
                indices: rows,
                detail: detail(of: kind)
            )
        }
        if let bias = report.lengths.last {
            report.findings.append(
                .init(
                    kind: .lengthBias(isStrong: bias.isStrong),
                    rows: [],
                    indices: [],
                    detail: "\(bias)"
                )
            )
        }
        report.findings.sort {
            ($0.kind.severity, $0.kind.order) < ($1.kind.severity, $1.kind.order)
        }
        report.rowsWithErrors = rows { $0.severity == .error }.count
        report.rowsToLookAt = rows { $0.severity < .note }.count
        for kind in report.findings.map(\.kind) where kind.isRemovable {
            for row in found[kind] ?? [] where report.removals[row] == nil {
                report.removals[row] = kind
            }
        }
        for (kind, rows) in found where !kind.isRemovable && kind.severity < .note {
            let count = rows.count(where: { report.removals[$0] == nil })
            if count > 0 { report.remaining[kind] = count }
        }
        return report
    }

    private func rows(where isMeant: (LintKind) -> Bool) -> Set<Int> {
        found.reduce(into: []) { rows, finding in
            if isMeant(finding.key) { rows.formUnion(finding.value) }
        }
    }

    /// Notes the rows that have another form than most of their file.
    private mutating func endFile() {
        let most = forms.map(\.rows.count).max() ?? 0
        if let usual = forms.firstIndex(where: { $0.rows.count == most }) {
            forms.remove(at: usual)
        }
        let others = forms.flatMap(\.rows).sorted()
        if !others.isEmpty { found[.mixedForms, default: []] += others }
        forms = []
    }

    private func detail(of kind: LintKind) -> String? {
        switch kind {
        case .truncated:
            "\(cutSequences.counted("sequence")) cut, \(cutTokens.counted("token")) lost"
        case .boundaryShift: "\(boundaryTokens.counted("token")) of prompts"
        default: nil
        }
    }
}

extension LintKind {
    /// Where it stands among those of its severity.
    fileprivate var order: Int {
        switch self {
        case .badRow(let kind): BadRowKind.allCases.firstIndex(of: kind) ?? 0
        case .contradiction: BadRowKind.allCases.count
        case .duplicate: 0
        case .promptMismatch: 1
        case .turnMarker: 2
        case .specialToken: 3
        case .controlCharacter: 4
        case .truncated: 5
        case .missingEnd: 6
        case .unscoredFirstToken: 7
        case .boundaryShift: 8
        case .renderedConversation: 9
        case .mixedForms: 10
        case .repeatedPrompt: 11
        case .lengthBias: 12
        }
    }
}
