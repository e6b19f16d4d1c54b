import Foundation
import OrderedJSON
import PreferenceData

/// The statistics of data, as text and as JSON.
struct StatisticsTable {
    let statistics: DataStatistics
    let report: DataReport
    let vocabularySize: Int

    private static let quantiles: [(name: String, share: Double)] = [
        ("min", 0), ("5 %", 0.05), ("25 %", 0.25), ("50 %", 0.5), ("75 %", 0.75), ("95 %", 0.95),
        ("99 %", 0.99), ("max", 1),
    ]

    private var distributions: [(name: String, key: String, of: Distribution)] {
        [
            ("prompt", "prompt", statistics.promptLengths),
            ("chosen", "chosen", statistics.chosenLengths),
            ("rejected", "rejected", statistics.rejectedLengths),
            ("prompt + answer", "sequence", statistics.sequenceLengths),
            ("chosen − rejected", "length_difference", statistics.lengthDifferences),
        ].filter { $0.2.count > 0 }
    }

    // MARK: Text

    var lines: [String] {
        overview + [""] + lengths + [""] + histogram(statistics.sequenceLengths) + [""] + cuts
            + [""] + work
    }

    private var overview: [String] {
        var rows = "rows          \(report.rowsRead.grouped) read, \(statistics.rows.grouped) kept"
        let answers = statistics.answers.quantiles([0, 1])
        rows +=
            ", \(answers[0])" + (answers[0] == answers[1] ? "" : " to \(answers[1])")
            + " answers each"
        var lines = [rows, "pairs         \(statistics.pairs.grouped)"]
        if statistics.wanted + statistics.unwanted > 0 {
            lines.append(
                "labels        \(statistics.wanted.grouped) wanted, "
                    + "\(statistics.unwanted.grouped) unwanted"
            )
        }
        let prompts = statistics.rowsPerPrompt
        lines.append(
            "prompts       \(prompts.count.grouped) distinct; rows with the same prompt: "
                + "\(prompts.mean.short) on average, at most \(prompts.quantile(1).grouped)"
        )
        lines.append(
            "vocabulary    \(statistics.distinctTokens.grouped) of \(vocabularySize.grouped) ids "
                + "used; unknown: \(statistics.unknownTokens.counted("token"))"
        )
        lines.append("scored        \(statistics.scoredTokens.counted("token"))")
        return lines
    }

    private var lengths: [String] {
        var table = [["tokens"] + Self.quantiles.map(\.name) + ["mean"]]
        for (name, _, distribution) in distributions {
            let values = distribution.quantiles(Self.quantiles.map(\.share))
            table.append([name] + values.map(\.grouped) + [distribution.mean.short])
        }
        return Self.aligned(table)
    }

    private func histogram(_ distribution: Distribution) -> [String] {
        let bins = distribution.bins(atMost: 16)
        let most = bins.map(\.count).max() ?? 0
        let table = bins.map { bin in
            // What is there is seen.
            let width = most > 0 ? (bin.count * 40 + most - 1) / most : 0
            return [
                "\(bin.range.lowerBound.grouped) to \((bin.range.upperBound - 1).grouped)",
                bin.count.grouped,
                "  " + String(repeating: "#", count: width),
            ]
        }
        return ["prompt + answer, tokens"]
            + Self.aligned(table, leftAligned: [2]).map { "  " + $0 }
    }

    private var cuts: [String] {
        var table = [["cut at", "rows", "", "tokens", ""]]
        for cut in statistics.cuts {
            table.append([
                cut.limit.grouped, cut.rows.grouped, percent(cut.rows, statistics.rows),
                cut.tokens.grouped, percent(cut.tokens, statistics.uncutTokens),
            ])
        }
        return Self.aligned(table)
    }

    private var work: [String] {
        let alone = report.modelRowsWithoutSharing
        let table = [
            ["through the model, tokens", "", ""],
            ["shared beginnings once", report.modelRows.grouped, ""],
            ["each sequence alone", alone.grouped, times(alone)],
            [
                "padded, batches of \(DataStatistics.paddedBatchSize) rows",
                statistics.paddedTokens.grouped, times(statistics.paddedTokens),
            ],
        ]
        return Self.aligned(table)
    }

    private func times(_ count: Int) -> String {
        report.modelRows > 0 ? "\((Double(count) / Double(report.modelRows)).short) ×" : ""
    }

    private func percent(_ count: Int, _ total: Int) -> String {
        total > 0 ? String(format: "%.1f %%", 100 * Double(count) / Double(total)) : ""
    }

    /// Columns of equal width: the first to the left, the others to the right.
    private static func aligned(_ table: [[String]], leftAligned: Set<Int> = []) -> [String] {
        let widths = (0..<(table.first?.count ?? 0)).map { column in
            table.map { $0[column].count }.max() ?? 0
        }
        return table.map { row in
            let cells = row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 || leftAligned.contains(column) ? cell + blanks : blanks + cell
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    // MARK: JSON

    var json: JSONValue {
        func object(_ members: [(String, JSONValue)]) -> JSONValue { .object(JSONObject(members)) }
        let lengths = distributions.map { _, key, distribution in
            let names = ["min", "p5", "p25", "p50", "p75", "p95", "p99", "max"]
            let values = distribution.quantiles(Self.quantiles.map(\.share))
            let bins = distribution.bins(atMost: 16).map { bin -> JSONValue in
                ["from": .integer(bin.range.lowerBound), "count": .integer(bin.count)]
            }
            return (
                key,
                object(
                    zip(names, values).map { ($0, .integer($1)) }
                        + [("mean", .number(distribution.mean)), ("histogram", .array(bins))]
                )
            )
        }
        let answers = statistics.answers.quantiles([0, 1])
        return [
            "rows_read": .integer(report.rowsRead),
            "rows": .integer(statistics.rows),
            "pairs": .integer(statistics.pairs),
            "answers": ["min": .integer(answers[0]), "max": .integer(answers[1])],
            "wanted": .integer(statistics.wanted),
            "unwanted": .integer(statistics.unwanted),
            "distinct_prompts": .integer(statistics.rowsPerPrompt.count),
            "most_rows_of_a_prompt": .integer(statistics.rowsPerPrompt.quantile(1)),
            "vocabulary_size": .integer(vocabularySize),
            "distinct_tokens": .integer(statistics.distinctTokens),
            "unknown_tokens": .integer(statistics.unknownTokens),
            "scored_tokens": .integer(statistics.scoredTokens),
            "tokens": object(lengths),
            "tokens_before_cutting": .integer(statistics.uncutTokens),
            "cuts": .array(
                statistics.cuts.map {
                    [
                        "limit": .integer($0.limit), "rows": .integer($0.rows),
                        "tokens": .integer($0.tokens),
                    ]
                }
            ),
            "model_tokens": [
                "shared": .integer(report.modelRows),
                "alone": .integer(report.modelRowsWithoutSharing),
                "padded": .integer(statistics.paddedTokens),
            ],
        ]
    }
}
