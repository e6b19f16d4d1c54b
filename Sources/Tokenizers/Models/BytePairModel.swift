/// Byte pair encoding: characters (or bytes), merged pair by pair.
struct BytePairModel: TokenModel {
    let vocabulary: Vocabulary
    let merges: MergeTable
    var options: Options
    /// The id of `options.unknownToken`.
    private let unknownID: Int32?
    /// By byte: the id of its fallback token `<0x…>`, or -1.
    private let fallbackIDs: [Int32]
    /// By byte: the id of the character that stands for it at the byte level, or -1.
    private let byteLevelIDs: [Int32]
    /// By ASCII character: its id, or -1.
    private let asciiIDs: [Int32]
    /// Whether pieces are given as raw bytes, each of which stands for its byte-level character.
    private let takesBytes: Bool

    struct Options: Sendable {
        var unknownToken: String?
        var continuingPrefix: String?
        var endSuffix: String?
        var fusesUnknown = false
        var fallsBackToBytes = false
        var ignoresMerges = false
    }

    init(
        vocabulary: Vocabulary,
        merges: MergeTable,
        options: Options,
        takesBytes: Bool = false
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.options = options
        self.takesBytes = takesBytes
        unknownID = options.unknownToken.flatMap { vocabulary.id(of: $0) }
        fallbackIDs = vocabulary.byteFallbackIDs
        byteLevelIDs = ByteLevelAlphabet.utf8.map { vocabulary.id(of: $0) ?? -1 }
        asciiIDs = (0..<128).map { vocabulary.id(of: CollectionOfOne(UInt8($0))) ?? -1 }
    }

    /// The same model for pieces of raw bytes, or nil where it cannot be: characters that are not
    /// in the vocabulary need their text.
    func takingBytes() -> BytePairModel? {
        guard options.continuingPrefix == nil, options.endSuffix == nil,
            byteLevelIDs.allSatisfy({ $0 >= 0 })
        else { return nil }
        return BytePairModel(
            vocabulary: vocabulary,
            merges: merges,
            options: options,
            takesBytes: true
        )
    }

    func encode(_ piece: UnsafeBufferPointer<UInt8>, _ workspace: inout EncodingWorkspace) {
        workspace.encodeCaching(piece) { encodeUncached($0, &$1) }
    }

    private func encodeUncached(
        _ piece: UnsafeBufferPointer<UInt8>,
        _ workspace: inout EncodingWorkspace
    ) {
        if options.ignoresMerges, let id = wholeWordID(piece) {
            workspace.ids.append(id)
            return
        }
        workspace.symbols.removeAll()
        if takesBytes {
            for byte in piece { workspace.symbols.append(byteLevelIDs[Int(byte)]) }
        } else {
            appendCharacters(of: piece, to: &workspace.symbols)
        }
        workspace.symbols.merge(with: merges, appendingTo: &workspace.ids)
    }

    private func wholeWordID(_ piece: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard takesBytes else { return vocabulary.id(of: piece) }
        var characters: [UInt8] = []
        ByteLevelAlphabet.appendCharacters(for: piece, to: &characters)
        return characters.withUnsafeBufferPointer { vocabulary.id(of: $0) }
    }

    private func appendCharacters(
        of piece: UnsafeBufferPointer<UInt8>,
        to symbols: inout SymbolList
    ) {
        let isPlain = options.continuingPrefix == nil && options.endSuffix == nil
        var unknownIsPending = false
        var index = 0
        while index < piece.count {
            let start = index
            _ = UTF8Scanner.scalar(piece, at: &index)
            let scalar = UnsafeBufferPointer(rebasing: piece[start..<index])
            let known: Int32?
            if isPlain {
                known =
                    scalar.count == 1
                    ? asciiIDs[Int(scalar[0] & 0x7F)] : vocabulary.id(of: scalar) ?? -1
            } else {
                known = decorated(scalar, isFirst: start == 0, isLast: index == piece.count)
                    .withUnsafeBufferPointer { vocabulary.id(of: $0) }
            }
            if let known, known >= 0 {
                if unknownIsPending, let unknownID { symbols.append(unknownID) }
                unknownIsPending = false
                symbols.append(known)
                continue
            }
            if options.fallsBackToBytes {
                let bytes =
                    isPlain
                    ? Array(scalar)
                    : decorated(scalar, isFirst: start == 0, isLast: index == piece.count)
                if bytes.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
                    // A pending unknown token stays pending, as in the reference.
                    for byte in bytes { symbols.append(fallbackIDs[Int(byte)]) }
                    continue
                }
            }
            if let unknownID {
                if unknownIsPending, !options.fusesUnknown { symbols.append(unknownID) }
                unknownIsPending = true
            }
        }
        if unknownIsPending, let unknownID { symbols.append(unknownID) }
    }

    /// A character as it stands in the vocabulary, by its place in the word.
    private func decorated(
        _ scalar: UnsafeBufferPointer<UInt8>,
        isFirst: Bool,
        isLast: Bool
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        if !isFirst, let prefix = options.continuingPrefix { bytes.append(contentsOf: prefix.utf8) }
        bytes.append(contentsOf: scalar)
        if isLast, let suffix = options.endSuffix { bytes.append(contentsOf: suffix.utf8) }
        return bytes
    }
}
