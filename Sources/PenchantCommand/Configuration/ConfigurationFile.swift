import Files
import Foundation
import Yams

/// A file of settings that cannot be used.
struct ConfigurationError: Error, CustomStringConvertible {
    let description: String

    init(_ file: String, line: Int? = nil, _ reason: String) {
        description = "\(file)\(line.map { ", line \($0)" } ?? ""): \(reason)"
    }
}

/// A file of settings in YAML: a mapping of names to values, as it stands there.
struct ConfigurationFile {
    /// The name in front of messages.
    let path: String
    /// The keys and what stands behind them, in order; no key twice.
    let entries: [(key: String, value: Node, line: Int)]

    /// Far more than any run has settings, and little enough for a hostile file to be read at once.
    private static let largestByteCount = 64 << 10

    /// Reads a file.
    ///
    /// - Throws: `FileError` where it cannot be read, `ConfigurationError` where it is no such
    ///   mapping.
    init(_ url: URL) throws {
        path = url.relativePath
        let file = try MappedFile(url)
        let text = try withExtendedLifetime(file) { [path] in
            guard file.bytes.count <= Self.largestByteCount else {
                throw ConfigurationError(path, "\(file.bytes.count) bytes are no file of settings")
            }
            guard let text = String(bytes: file.bytes, encoding: .utf8) else {
                throw ConfigurationError(path, "the text is not UTF-8")
            }
            return text
        }
        try Self.requireNoAnchors(text, path)
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Self.refusal(path, error)
        }
        guard let root, !root.isNull else {
            entries = []
            return
        }
        guard let mapping = root.mapping else {
            throw ConfigurationError(path, "a mapping of names to values is needed")
        }
        entries = try mapping.map { [path] key, value in
            let line = key.mark?.line ?? 1
            guard let name = key.scalar?.string else {
                throw ConfigurationError(path, line: line, "a key is not a name")
            }
            return (name, value, line)
        }
    }

    /// Refuses anchors, before the parser expands what refers to them: that may be without end.
    private static func requireNoAnchors(_ text: String, _ path: String) throws {
        for (number, line) in text.split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        .enumerated()
        where line.contains(/(^|[\s\[{,:?-])&[^\s&]/) {
            throw ConfigurationError(
                path,
                line: number + 1,
                "anchors (&name) are not taken; write the value itself"
            )
        }
    }

    /// What the parser found, as one line.
    private static func refusal(_ path: String, _ error: any Error) -> ConfigurationError {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ConfigurationError(path, line: mark.line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            return ConfigurationError(path, line: context.mark.line, "\(names) is there twice")
        default:
            let words = "\(error)".split(whereSeparator: \.isNewline)
            return ConfigurationError(path, "not YAML: " + words.joined(separator: " "))
        }
    }
}

extension Node {
    /// Whether nothing is given: nothing at all, `null` or `~`.
    var isNull: Bool {
        guard let scalar, scalar.style != .singleQuoted, scalar.style != .doubleQuoted else {
            return false
        }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// The value of a switch; nil where it is no plain true or false.
    var truth: Bool? {
        guard let scalar, scalar.style != .singleQuoted, scalar.style != .doubleQuoted else {
            return nil
        }
        return switch scalar.string.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    /// The texts of a value or of a list of values; nil where there is something else in it.
    var texts: [String]? {
        if let scalar { return [scalar.text] }
        guard let sequence else { return nil }
        let texts = sequence.compactMap { $0.scalar?.text }
        return texts.count == sequence.count ? texts : nil
    }
}

extension Node.Scalar {
    /// The text as a flag's value: YAML writes infinity as .inf.
    fileprivate var text: String {
        style == .plain && string.lowercased() == ".inf" ? "inf" : string
    }
}
