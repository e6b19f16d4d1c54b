/// The unigram language model of SentencePiece: of all ways to cut a piece into tokens, the one
/// with the highest score.
struct UnigramModel: TokenModel {
    let vocabulary: Vocabulary
    private let scores: [Double]
    private let trie: TokenTrie
    private let unknownID: Int32?
    private let unknownScore: Double
    /// By byte: the id of its fallback token, or -1; empty where there is no fallback.
    private let fallbackIDs: [Int32]

    /// How much worse than the worst token an unknown character is.
    private static let unknownPenalty = 10.0

    init(
        vocabulary: Vocabulary,
        scores: [Double],
        unknownID: Int32?,
        fallsBackToBytes: Bool
    ) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknownID = unknownID
        unknownScore = (scores.min() ?? .infinity) - Self.unknownPenalty
        fallbackIDs = fallsBackToBytes ? vocabulary.byteFallbackIDs : []
        var trie = TokenTrie()
        vocabulary.forEach { token, id in
            // Of tokens that are there twice, the last one holds.
            if vocabulary.id(of: token) == id { trie.insert(token, id: id) }
        }
        self.trie = trie
    }

    /// The best way to a place in the piece.
    private struct Path {
        var score = 0.0
        var start = -1
        var id: Int32 = -1
    }

    func encode(_ piece: UnsafeBufferPointer<UInt8>, _ workspace: inout EncodingWorkspace) {
        workspace.encodeCaching(piece) { piece, workspace in
            let paths = bestPaths(through: piece)
            var cuts: [(range: Range<Int>, isUnknown: Bool)] = []
            var end = piece.count
            while end > 0 {
                let path = paths[end]
                let isUnknown = path.id == unknownID || path.id < 0
                if isUnknown, let last = cuts.last, last.isUnknown {
                    cuts[cuts.count - 1].range = path.start..<last.range.upperBound
                } else {
                    cuts.append((path.start..<end, isUnknown))
                }
                end = path.start
            }
            for cut in cuts.reversed() {
                append(UnsafeBufferPointer(rebasing: piece[cut.range]), to: &workspace.ids)
            }
        }
    }

    /// By byte: the best way that ends there.
    private func bestPaths(through piece: UnsafeBufferPointer<UInt8>) -> [Path] {
        var paths = [Path](repeating: Path(), count: piece.count + 1)
        var start = 0
        while start < piece.count {
            var next = start
            _ = UTF8Scanner.scalar(piece, at: &next)
            let scoreHere = paths[start].score
            var hasSingle = false
            trie.forEachPrefix(of: piece, from: start) { end, id in
                let score = scores[Int(id)] + scoreHere
                if paths[end].start < 0 || score > paths[end].score {
                    paths[end] = Path(score: score, start: start, id: id)
                }
                if end == next { hasSingle = true }
            }
            if !hasSingle {
                let score = unknownScore + scoreHere
                if paths[next].start < 0 || score > paths[next].score {
                    paths[next] = Path(score: score, start: start, id: unknownID ?? -1)
                }
            }
            start = next
        }
        return paths
    }

    /// Appends the ids of one cut: a token, bytes, or what is unknown.
    private func append(_ cut: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
        if let id = vocabulary.id(of: cut) {
            ids.append(id)
        } else if !fallbackIDs.isEmpty, cut.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
            for byte in cut { ids.append(fallbackIDs[Int(byte)]) }
        } else if let unknownID {
            ids.append(unknownID)
        }
    }
}

extension UnigramModel {
    /// Reads a `model` section of type Unigram.
    init(_ section: FileSection) throws {
        let elements = try section.elements("vocab")
        var vocabulary = Vocabulary(capacity: elements.count)
        var scores: [Double] = []
        scores.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let pair = try element.elements()
            guard pair.count == 2 else {
                throw element.error("a token and its score are expected, found \(element.found)")
            }
            guard let id = Vocabulary.id(index) else {
                throw element.error("ids go beyond \(Vocabulary.largestID)")
            }
            vocabulary.insert(try pair[0].string(), id: id, keepsOldID: true)
            scores.append(try pair[1].double())
        }
        let unknown = try section.section("unk_id")
        let unknownID = try unknown?.tokenID()
        if let unknownID, let unknown, Int(unknownID) >= scores.count {
            throw unknown.error("\(unknownID) is beyond the vocabulary of \(scores.count) tokens")
        }
        self.init(
            vocabulary: vocabulary,
            scores: scores,
            unknownID: unknownID,
            fallsBackToBytes: try section.bool("byte_fallback", default: false)
        )
    }
}
