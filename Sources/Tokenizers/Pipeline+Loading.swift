import Foundation
import OrderedJSON

extension Pipeline {
    /// Reads a `tokenizer.json`.
    init(file: URL) throws {
        try self.init(
            FileSection(path: file.path, key: "", value: try JSONValue(contentsOf: file))
        )
    }

    init(_ section: FileSection) throws {
        if let version = try section.section("version"), try version.string() != "1.0" {
            throw version.error("\(version.found) is not the version \"1.0\"")
        }
        let normalizer = try section.section("normalizer").map { try Normalizers.load($0) }
        let preTokenizer = try section.section("pre_tokenizer").map { try PreTokenizers.load($0) }
        let model = try Models.load(section.requiredSection("model"))
        var tokens: [AddedToken] = []
        if let added = try section.section("added_tokens") {
            for element in try added.elements() {
                _ = try element.requiredSection("id").tokenID()
                tokens.append(try AddedToken(element))
            }
        }
        let addedVocabulary: AddedVocabulary
        do throws(AddedVocabulary.Problem) {
            addedVocabulary = try AddedVocabulary(
                tokens,
                vocabulary: model.vocabulary,
                normalizer: normalizer
            )
        } catch {
            throw section.error(at: "added_tokens", error.problem)
        }
        self.init(
            added: addedVocabulary,
            normalizer: normalizer,
            preTokenizer: preTokenizer,
            model: model,
            postProcessor: try section.section("post_processor").map { try PostProcessor($0) }
                ?? .unchanged,
            decoder: try section.section("decoder").map { try Decoders.load($0) }
        )
    }

    /// Where writing bytes as characters is the last step before a model that can take bytes, both
    /// agree on bytes: nothing is written and read back.
    static func keepingBytes(
        _ preTokenizer: (any PreTokenizer)?,
        _ model: any TokenModel
    ) -> ((any PreTokenizer)?, any TokenModel) {
        let steps =
            (preTokenizer as? PreTokenizerSequence)?.steps ?? preTokenizer.map { [$0] } ?? []
        guard var last = steps.last as? ByteLevelPreTokenizer,
            let pairs = model as? BytePairModel, let byBytes = pairs.takingBytes()
        else { return (preTokenizer, model) }
        last.writesCharacters = false
        return (PreTokenizerSequence(steps: steps.dropLast() + [last]), byBytes)
    }
}
