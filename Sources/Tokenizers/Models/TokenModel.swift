/// Turns a piece of text, as the pre-tokenizer cut it, into ids.
protocol TokenModel: Sendable {
    var vocabulary: Vocabulary { get }

    /// Appends the ids of a piece to those of the workspace.
    ///
    /// - Parameter piece: UTF-8, not empty. It does not lie in the workspace.
    func encode(_ piece: UnsafeBufferPointer<UInt8>, _ workspace: inout EncodingWorkspace)
}
