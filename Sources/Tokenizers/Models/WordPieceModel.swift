/// WordPiece, the model of BERT: from the left, always the longest token.
struct WordPieceModel: TokenModel {
    let vocabulary: Vocabulary
    private let continuingPrefix: [UInt8]
    private let longestWord: Int
    private let unknownID: Int32?

    /// Reads a `model` section of type WordPiece.
    init(_ section: FileSection) throws {
        vocabulary = try Models.vocabulary(section.requiredSection("vocab"))
        continuingPrefix = Array(try section.string("continuing_subword_prefix").utf8)
        longestWord = try section.count("max_input_chars_per_word")
        unknownID = vocabulary.id(of: try section.string("unk_token"))
    }

    func encode(_ piece: UnsafeBufferPointer<UInt8>, _ workspace: inout EncodingWorkspace) {
        workspace.encodeCaching(piece) { piece, workspace in
            let begin = workspace.ids.count
            if !appendTokens(of: piece, to: &workspace.ids) {
                workspace.ids.removeLast(workspace.ids.count - begin)
                if let unknownID { workspace.ids.append(unknownID) }
            }
        }
    }

    /// - Returns: false where a part is in no token: then the whole word is unknown.
    private func appendTokens(
        of word: UnsafeBufferPointer<UInt8>,
        to ids: inout [Int32]
    ) -> Bool {
        // A scalar has one byte that is no continuation.
        let length = word.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        guard length <= longestWord else { return false }
        var start = 0
        var candidate: [UInt8] = []
        while start < word.count {
            var end = word.count
            candidate.removeAll(keepingCapacity: true)
            if start > 0 { candidate.append(contentsOf: continuingPrefix) }
            candidate.append(contentsOf: word[start...])
            while end > start {
                if let id = candidate.withUnsafeBufferPointer({ vocabulary.id(of: $0) }) {
                    ids.append(id)
                    break
                }
                let shorter = UTF8Scanner.start(word, before: end)
                candidate.removeLast(end - shorter)
                end = shorter
            }
            guard end > start else { return false }
            start = end
        }
        return true
    }
}
