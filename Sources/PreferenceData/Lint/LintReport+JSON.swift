package import OrderedJSON

extension LintReport {
    /// All of it for programs, every row included.
    package var json: JSONValue {
        [
            "rows": .integer(rowsRead),
            "distinct_prompts": .integer(distinctPrompts),
            "verdict": .string(verdict),
            "rows_with_errors": .integer(rowsWithErrors),
            "rows_to_look_at": .integer(rowsToLookAt),
            "findings": .array(findings.map { $0.json(of: rowsRead) }),
            "lengths": .array(lengths.map(\.json)),
            "unchecked": .array(unchecked.map { .string($0.name) }),
        ]
    }
}

extension LintReport.Finding {
    fileprivate func json(of rowsRead: Int) -> JSONValue {
        [
            "kind": .string(kind.name),
            "severity": .string(kind.severity.rawValue),
            "title": .string(kind.title),
            "count": .integer(rows.count),
            "share": .number(rowsRead > 0 ? Double(rows.count) / Double(rowsRead) : 0),
            "detail": detail.map { .string($0) } ?? .null,
            "advice": .string(kind.advice),
            "rows": .array(
                zip(rows, indices).map { source, index in
                    [
                        "file": .string(source.file),
                        "line": .integer(source.line),
                        "element": source.element.map { .integer($0) } ?? .null,
                        "row": .integer(index),
                    ]
                }
            ),
        ]
    }
}

extension LengthBias {
    fileprivate var json: JSONValue {
        [
            "unit": .string(unit.rawValue),
            "longer": .integer(longer),
            "shorter": .integer(shorter),
            "equal": .integer(equal),
            "share_longer": .number(share),
            "z": .number(z),
            "mean_difference": .number(meanDifference),
            "standard_error": .number(standardError),
            "weight_in_means": .number(weightInMeans),
        ]
    }
}
