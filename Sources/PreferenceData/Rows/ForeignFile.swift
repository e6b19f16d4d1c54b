import Foundation

/// Files that hold data, but neither JSON lines nor a JSON list in UTF-8.
public enum ForeignFile: Sendable, Equatable {
    /// Apache Parquet.
    case parquet
    /// Apache Arrow: a file (Feather), or a stream as the library datasets keeps them.
    case arrow(isStream: Bool)
    /// Columns apart by commas, or by tabs.
    case table(isTabbed: Bool)
    /// Compressed with something other than gzip, which the named program undoes.
    case compressed(program: String)
    /// Text in UTF-16 or UTF-32.
    case wideText

    /// Tells them by their first bytes or, where these say nothing, by the ending of the name.
    init?(beginning: some Collection<UInt8>, name: String) {
        let name = name.lowercased()
        let magics: [([UInt8], ForeignFile)] = [
            (Array("PAR1".utf8), .parquet),
            (Array("ARROW1".utf8), .arrow(isStream: false)),
            ([0x28, 0xB5, 0x2F, 0xFD], .compressed(program: "zstd -d")),
            (Array("BZh".utf8), .compressed(program: "bzip2 -d")),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .compressed(program: "xz -d")),
            (Array("PK\u{3}\u{4}".utf8), .compressed(program: "unzip")),
            ([0xFF, 0xFE], .wideText),
            ([0xFE, 0xFF], .wideText),
        ]
        if let (_, kind) = magics.first(where: { beginning.starts(with: $0.0) }) {
            self = kind
        } else if beginning.prefix(2).count == 2, beginning.prefix(2).contains(0),
            beginning.prefix(2).contains(where: { [0x5B, 0x7B].contains($0) })
        {
            // A bracket and half of its 16 bits.
            self = .wideText
        } else if name.hasSuffix(".parquet") {
            self = .parquet
        } else if name.hasSuffix(".arrow") {
            self = .arrow(isStream: true)
        } else if name.hasSuffix(".csv") || name.hasSuffix(".csv.gz") {
            self = .table(isTabbed: false)
        } else if name.hasSuffix(".tsv") || name.hasSuffix(".tsv.gz") {
            self = .table(isTabbed: true)
        } else {
            return nil
        }
    }

    /// What it is, in words for messages.
    var finding: String {
        switch self {
        case .parquet: "a Parquet file"
        case .arrow: "an Arrow file"
        case .table(let isTabbed): isTabbed ? "a file of tabbed columns" : "a CSV file"
        case .compressed: "compressed, but not with gzip"
        case .wideText: "text in UTF-16 or UTF-32"
        }
    }

    /// How to make a file of it that can be read, in one line for a shell.
    func advice(path: String) -> String {
        // A path that a shell or Python would take for something else has to be put in by hand.
        let isPlain = path.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789/._-+=, ".unicodeScalars.contains($0)
        }
        let path = isPlain && path.contains("/") ? path : "FILE"
        let stem = path == "FILE" ? path : URL(fileURLWithPath: path).deletingPathExtension().path
        func pandas(_ reading: String) -> String {
            "convert it: python3 -c \"import pandas as pd; pd.\(reading)"
                + ".to_json('\(stem).jsonl', orient='records', lines=True, force_ascii=False)\""
        }
        switch self {
        case .parquet: return pandas("read_parquet('\(path)')")
        case .arrow(isStream: false): return pandas("read_feather('\(path)')")
        case .arrow(isStream: true):
            return "convert it: python3 -c \"import datasets; datasets.Dataset.from_file"
                + "('\(path)').to_json('\(stem).jsonl', force_ascii=False)\""
        case .table(let isTabbed):
            return pandas("read_csv('\(path)'\(isTabbed ? ", sep='\\t'" : ""))")
        case .compressed(let program): return "decompress it: \(program) '\(path)'"
        case .wideText:
            return "convert it: iconv -f UTF-16 -t UTF-8 '\(path)' > '\(stem)-utf8.jsonl'"
        }
    }
}
