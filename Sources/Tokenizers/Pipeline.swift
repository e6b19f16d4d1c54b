/// The steps from a text to ids and back.
struct Pipeline: Sendable {
    let added: AddedVocabulary
    let normalizer: (any Normalizer)?
    let preTokenizer: (any PreTokenizer)?
    let model: any TokenModel
    var postProcessor: PostProcessor
    var decoder: (any Decoder)?

    init(
        added: AddedVocabulary,
        normalizer: (any Normalizer)?,
        preTokenizer: (any PreTokenizer)?,
        model: any TokenModel,
        postProcessor: PostProcessor,
        decoder: (any Decoder)?
    ) {
        self.added = added
        self.normalizer = normalizer
        (self.preTokenizer, self.model) = Self.keepingBytes(preTokenizer, model)
        self.postProcessor = postProcessor
        self.decoder = decoder
    }

    /// Largest id + 1, added tokens included.
    var vocabularySize: Int {
        max(model.vocabulary.size, (added.tokens.keys.max().map { Int($0) } ?? -1) + 1)
    }

    /// The id of a token, written as it stands in the vocabulary.
    func id(ofToken token: String) -> Int32? {
        added.ids[Array(token.utf8)] ?? model.vocabulary.id(of: token)
    }

    /// Appends the ids of a text to those of the workspace.
    func encode(_ text: UnsafeBufferPointer<UInt8>, _ workspace: inout EncodingWorkspace) {
        added.forEachPart(of: text, with: added.rawMatcher) { part, start, id in
            if let id {
                workspace.ids.append(id)
            } else {
                encodeNormalizing(part, isAtOrigin: start == 0, &workspace)
            }
        }
    }

    private func encodeNormalizing(
        _ text: UnsafeBufferPointer<UInt8>,
        isAtOrigin: Bool,
        _ workspace: inout EncodingWorkspace
    ) {
        guard let normalizer, !(normalizer.keepsASCII && text.allSatisfy { $0 < 0x80 }) else {
            return encodeNormalized(text, isAtOrigin: isAtOrigin, &workspace)
        }
        var normalized = NormalizedText(bytes: Array(text), beginsAtOrigin: isAtOrigin)
        normalizer.apply(to: &normalized)
        normalized.bytes.withUnsafeBufferPointer {
            encodeNormalized($0, isAtOrigin: normalized.beginsAtOrigin, &workspace)
        }
    }

    private func encodeNormalized(
        _ text: UnsafeBufferPointer<UInt8>,
        isAtOrigin: Bool,
        _ workspace: inout EncodingWorkspace
    ) {
        if added.normalizedMatcher.isEmpty {
            return encodePart(text, isAtOrigin: isAtOrigin, &workspace)
        }
        added.forEachPart(of: text, with: added.normalizedMatcher) { part, start, id in
            if let id {
                workspace.ids.append(id)
            } else {
                encodePart(part, isAtOrigin: isAtOrigin && start == 0, &workspace)
            }
        }
    }

    private func encodePart(
        _ text: UnsafeBufferPointer<UInt8>,
        isAtOrigin: Bool,
        _ workspace: inout EncodingWorkspace
    ) {
        guard let preTokenizer else {
            if !text.isEmpty { model.encode(text, &workspace) }
            return
        }
        var pieces = workspace.takeText()
        pieces.reset(text, beginsAtOrigin: isAtOrigin)
        preTokenizer.apply(to: &pieces)
        pieces.bytes.withUnsafeBufferPointer { bytes in
            for piece in pieces.pieces {
                model.encode(
                    UnsafeBufferPointer(rebasing: bytes[piece.start..<piece.end]),
                    &workspace
                )
            }
        }
        workspace.keep(pieces)
    }

    func decode(_ ids: [Int32], skippingSpecialTokens: Bool) -> String {
        var texts = TokenTexts()
        for id in ids {
            if let text = added.text(of: id) {
                if !skippingSpecialTokens || !added.specialIDs.contains(id) {
                    texts.append(text)
                }
            } else {
                model.vocabulary.withBytes(of: id) { texts.append($0) }
            }
        }
        guard let decoder else {
            var text: [UInt8] = []
            texts.forEach { index, token in
                if index > 0 { text.append(0x20) }
                text.append(contentsOf: token)
            }
            return String(decoding: text, as: UTF8.self)
        }
        return String(decoding: decoder.decode(texts).bytes, as: UTF8.self)
    }
}
