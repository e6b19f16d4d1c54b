public import Foundation

extension Tokenizer {
    /// Reads the tokenizer of a model's folder, as its file says or as transformers makes it.
    ///
    /// A folder of the older form, with `vocab.json` and `merges.txt`, has no file that could say
    /// anything else than the class, so there both are the same.
    ///
    /// - Throws: `FileError`, `JSONFileError` or `TokenizerError`; the last also where it is not
    ///   known what the class does.
    public convenience init(folder: URL, behaviour: TokenizerBehaviour) throws {
        if behaviour == .file || VocabularyFolder(folder: folder).isAlone {
            try self.init(folder: folder)
        } else {
            let transformers = try TransformersFolder(folder)
            self.init(pipeline: try transformers.pipeline(), names: transformers.names)
        }
    }

    /// The tokenizer that transformers makes of the folder of this one, where its ids may differ
    /// from what the file says; nil where they cannot.
    ///
    /// - Parameter folder: the folder that this tokenizer was read from, by its file.
    /// - Throws: `FileError`, `JSONFileError` or `TokenizerError`; the last also where it is not
    ///   known what the class does.
    public func differingInTransformers(folder: URL) throws -> Tokenizer? {
        if VocabularyFolder(folder: folder).isAlone { return nil }
        let transformers = try TransformersFolder(folder)
        let other = Tokenizer(
            pipeline: try transformers.pipeline(like: self),
            names: transformers.names
        )
        return try transformers.differs(other, from: self) ? other : nil
    }
}
