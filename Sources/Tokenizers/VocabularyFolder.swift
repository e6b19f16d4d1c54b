import Files
import Foundation
import OrderedJSON

/// A tokenizer in its older form: `vocab.json` and `merges.txt`.
///
/// How a text is cut before the merges stands in no file: it belongs to the class that
/// `tokenizer_config.json` names.
struct VocabularyFolder {
    let folder: URL

    /// The classes whose way of cutting is known here.
    private enum Kind: String, CaseIterable {
        case gpt2 = "GPT2Tokenizer"
        case qwen2 = "Qwen2Tokenizer"
    }

    private var vocabularyFile: URL { folder.appending(path: "vocab.json") }
    private var mergesFile: URL { folder.appending(path: "merges.txt") }

    /// Whether there are such files.
    var isPresent: Bool {
        [vocabularyFile, mergesFile].allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// Whether there are such files and no `tokenizer.json`.
    var isAlone: Bool {
        let newer = folder.appending(path: "tokenizer.json")
        return !FileManager.default.fileExists(atPath: newer.path) && isPresent
    }

    func pipeline() throws -> Pipeline {
        let configuration = try TokenizerConfiguration(folder: folder)
        let kind = try kind(configuration)
        let vocabulary = try Models.vocabulary(
            FileSection(
                path: vocabularyFile.path,
                key: "",
                value: try JSONValue(contentsOf: vocabularyFile)
            )
        )
        let model = BytePairModel(
            vocabulary: vocabulary,
            merges: try merges(vocabulary),
            options: BytePairModel.Options()
        )
        let addsPrefixSpace = try configuration.bool("add_prefix_space") ?? false
        let normalizer: (any Normalizer)?
        var steps: [any PreTokenizer] = []
        switch kind {
        case .gpt2:
            normalizer = nil
        case .qwen2:
            normalizer = UnicodeFormNormalizer(form: .nfc)
            steps.append(
                SplitPreTokenizer(
                    pattern: .scanner(GPT4Scanner(longestNumber: 1)),
                    behavior: .isolated
                )
            )
        }
        steps.append(
            ByteLevelPreTokenizer(addsPrefixSpace: addsPrefixSpace, cuts: kind == .gpt2)
        )
        let added = try configuration.addedTokens()
        let addedVocabulary: AddedVocabulary
        do throws(AddedVocabulary.Problem) {
            addedVocabulary = try AddedVocabulary(
                added.map(\.token),
                vocabulary: vocabulary,
                normalizer: normalizer
            )
        } catch {
            throw TokenizerError(
                path: folder.path,
                key: "added_tokens_decoder",
                problem: error.problem
            )
        }
        for (id, token, section) in added {
            guard let id, let found = addedVocabulary.ids[token.content], found != id else {
                continue
            }
            throw section.error("this token has the id \(found) by the vocabulary")
        }
        return Pipeline(
            added: addedVocabulary,
            normalizer: normalizer,
            preTokenizer: PreTokenizerSequence(steps: steps),
            model: model,
            postProcessor: .unchanged,
            decoder: ByteLevelDecoder()
        )
    }

    private func kind(_ configuration: TokenizerConfiguration) throws -> Kind {
        guard let name = try configuration.tokenizerClass() else { return .gpt2 }
        let plain = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
        guard let kind = Kind(rawValue: plain) else {
            let known = Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw TokenizerError(
                path: folder.path,
                problem: "there is no tokenizer.json, and without one tokenizer_class "
                    + "\"\(name)\" is not known (known are \(known)); save the tokenizer "
                    + "with transformers to get one"
            )
        }
        return kind
    }

    private func merges(_ vocabulary: Vocabulary) throws -> MergeTable {
        var builder = MergeTableBuilder(
            vocabulary: vocabulary,
            prefixLength: 0,
            capacity: vocabulary.count
        )
        var lines = try LineReader(mergesFile)
        while let line = try lines.next() {
            if line.isEmpty || line.starts(with: "#version".utf8) { continue }
            do throws(MergeTableBuilder.Problem) {
                try builder.add(line)
            } catch {
                throw TokenizerError(
                    path: mergesFile.path,
                    key: "line \(lines.lineNumber)",
                    problem: "\(error.text), found \(String(decoding: line, as: UTF8.self))"
                )
            }
        }
        return builder.table
    }
}
