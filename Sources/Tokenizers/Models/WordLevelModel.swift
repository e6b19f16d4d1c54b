/// A word is a token, or unknown.
struct WordLevelModel: TokenModel {
    let vocabulary: Vocabulary
    private let unknownID: Int32?

    /// Reads a `model` section of type WordLevel.
    init(_ section: FileSection) throws {
        vocabulary = try Models.vocabulary(section.requiredSection("vocab"))
        unknownID = vocabulary.id(of: try section.string("unk_token"))
    }

    func encode(_ piece: UnsafeBufferPointer<UInt8>, _ workspace: inout EncodingWorkspace) {
        if let id = vocabulary.id(of: piece) ?? unknownID { workspace.ids.append(id) }
    }
}
