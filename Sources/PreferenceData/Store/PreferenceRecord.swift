import TokenTrees

/// A preference as bytes of a file of prepared data.
///
/// Numbers are variable in size (LEB128: seven bits a byte, the least significant first, the top bit
/// set where more follow) but for the two `Double`s and the tokens:
///
///     flags (1 byte, see `Flag`)
///     row, file, line, element + 1 (or 0), promptLength, shared tokens, sequences
///     weight, margin (8 bytes each, where the flags say so)
///     per sequence: rank (zigzag, where ranked), tokens of its own, tokens cut off, scored ranges,
///                   per range the distance from the end of the one before, and its length
///     shared tokens, then each sequence's own (2 or 4 bytes each)
///
/// Shared are the tokens that all sequences begin with.
struct PreferenceRecord {
    private enum Flag {
        static let wideTokens: UInt8 = 1
        static let labelled: UInt8 = 2
        static let wanted: UInt8 = 4
        static let weighted: UInt8 = 8
        static let all = wideTokens | labelled | wanted | weighted
    }

    private struct Sequence {
        var ownCount: Int
        var cutCount: Int
        var scored: [Range<Int>]
    }

    /// Its number among all rows of all files.
    let row: Int
    let file: Int
    let line: Int
    let element: Int?
    let promptLength: Int
    let judgement: Judgement
    let weight: Double
    let margin: Double
    private let sharedCount: Int
    private let sequences: [Sequence]
    private let isWide: Bool
    private let tokenOffset: Int
    /// Where the record ends in its file.
    let end: Int

    /// The bytes of a preference.
    ///
    /// - Parameters:
    ///   - cutTokens: how many tokens each sequence lost.
    ///   - row: its number among all rows of all files.
    ///   - file: the number of its file.
    static func bytes(
        of preference: Preference,
        cutTokens: [Int],
        row: Int,
        file: Int
    ) -> [UInt8] {
        let sequences = preference.sequences
        let first = sequences.first?.tokens ?? []
        let sharedCount = sequences.dropFirst().reduce(first.count) {
            min($0, $1.tokens.commonPrefixCount(with: first))
        }
        let isWide = !sequences.allSatisfy { $0.tokens.allSatisfy { UInt16(exactly: $0) != nil } }
        let isWeighted = preference.weight != 1 || preference.margin != 0
        var flags = (isWide ? Flag.wideTokens : 0) | (isWeighted ? Flag.weighted : 0)
        var ranks: [Int]?
        switch preference.judgement {
        case .ranked(let all): ranks = all
        case .labelled(let isWanted): flags |= Flag.labelled | (isWanted ? Flag.wanted : 0)
        }
        precondition(ranks == nil || ranks?.count == sequences.count, "every answer has a rank")

        var bytes = [flags]
        for number in [
            row, file, preference.source.line, preference.source.element.map { $0 + 1 } ?? 0,
            preference.promptLength, sharedCount, sequences.count,
        ] {
            bytes.append(number: number)
        }
        if isWeighted {
            bytes += preference.weight.bitPattern.bytes + preference.margin.bitPattern.bytes
        }
        for (index, sequence) in sequences.enumerated() {
            if let rank = ranks?[index] { bytes.append(number: (rank << 1) ^ (rank >> 63)) }
            bytes.append(number: sequence.tokens.count - sharedCount)
            bytes.append(number: cutTokens[index])
            bytes.append(number: sequence.scored.count)
            var end = 0
            for range in sequence.scored {
                bytes.append(number: range.lowerBound - end)
                bytes.append(number: range.count)
                end = range.upperBound
            }
        }
        bytes.append(tokens: first[..<sharedCount], isWide: isWide)
        for sequence in sequences {
            bytes.append(tokens: sequence.tokens[sharedCount...], isWide: isWide)
        }
        return bytes
    }

    /// Reads a record, but for its tokens; nil where the bytes are none.
    ///
    /// - Parameters:
    ///   - bytes: the file, up to where the records end.
    ///   - start: where the record begins.
    init?(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        guard start >= 0, start < bytes.count, bytes[start] & ~Flag.all == 0 else { return nil }
        let flags = bytes[start]
        var reader = NumberReader(bytes: bytes, position: start + 1)
        guard let row = reader.next(), let file = reader.next(), let line = reader.next(),
            let element = reader.next(), let promptLength = reader.next(),
            let sharedCount = reader.next(), let count = reader.next(),
            // Every sequence takes some bytes, so this bounds what is allocated.
            count >= 1, count <= bytes.count
        else { return nil }
        let isWeighted = flags & Flag.weighted != 0
        guard let weight = isWeighted ? reader.double() : 1,
            let margin = isWeighted ? reader.double() : 0
        else { return nil }
        let isRanked = flags & Flag.labelled == 0
        var ranks: [Int] = []
        var sequences: [Sequence] = []
        var tokenCount = sharedCount
        for _ in 0..<count {
            if isRanked {
                guard let bits = reader.bits() else { return nil }
                ranks.append(Int(bitPattern: bits >> 1) ^ -Int(bits & 1))
            }
            guard let ownCount = reader.next(), let cutCount = reader.next(),
                let ranges = reader.next()
            else { return nil }
            var scored: [Range<Int>] = []
            var end = 0
            for _ in 0..<ranges {
                guard let distance = reader.next(), let length = reader.next(), length > 0 else {
                    return nil
                }
                scored.append(end + distance..<end + distance + length)
                end += distance + length
                guard end <= sharedCount + ownCount else { return nil }
            }
            guard promptLength <= sharedCount + ownCount else { return nil }
            sequences.append(Sequence(ownCount: ownCount, cutCount: cutCount, scored: scored))
            tokenCount += ownCount
            guard tokenCount <= bytes.count else { return nil }
        }
        isWide = flags & Flag.wideTokens != 0
        tokenOffset = reader.position
        end = tokenOffset + tokenCount * (isWide ? 4 : 2)
        guard end <= bytes.count else { return nil }
        judgement = isRanked ? .ranked(ranks) : .labelled(flags & Flag.wanted != 0)
        self.weight = weight
        self.margin = margin
        self.row = row
        self.file = file
        self.line = line
        self.element = element > 0 ? element - 1 : nil
        self.promptLength = promptLength
        self.sharedCount = sharedCount
        self.sequences = sequences
    }

    /// How many tokens each sequence lost to the maximum length.
    var cutTokens: [Int] { sequences.map(\.cutCount) }

    /// How large the preference is in a batch, told by lengths alone.
    ///
    /// Exact for one sequence or two. Of more, which may share more than what all share, it is the
    /// most that they can take.
    func size(in layout: BatchLayout) -> PreferenceSize {
        var size = PreferenceSize()
        for (index, sequence) in sequences.enumerated() {
            let (length, input) = (count(sequence), inputCount(sequence, layout))
            size.rows += input
            size.entries += sequence.scored.reduce(0) { $0 + $1.clamped(to: 1..<length + 1).count }
            guard layout.sharesPrefixes else { continue }
            let kind = layout.lengthClass(length)
            let earlier = sequences[..<index].filter { layout.lengthClass(count($0)) == kind }
            guard let longest = earlier.max(by: { inputCount($0, layout) < inputCount($1, layout) })
            else { continue }
            size.rows -= min(sharedCount, input, inputCount(longest, layout))
            for range in sequence.scored {
                size.entries -= longest.scored.reduce(0) {
                    $0 + $1.clamped(to: range).clamped(to: 1..<max(1, sharedCount)).count
                }
            }
        }
        return size
    }

    private func count(_ sequence: Sequence) -> Int { sharedCount + sequence.ownCount }

    /// As `TokenSequence.inputCount`.
    private func inputCount(_ sequence: Sequence, _ layout: BatchLayout) -> Int {
        layout.readsWhole ? count(sequence) : sequence.scored.last.map { $0.upperBound - 1 } ?? 0
    }

    /// As `Preference.promptDigest`.
    ///
    /// - Parameter bytes: those that the record was read from.
    func promptDigest(_ bytes: UnsafeRawBufferPointer) -> ContentDigest? {
        // Whether shared or the first sequence's own, they stand first.
        let places = (0..<promptLength).lazy
        return isWide
            ? ContentDigest(
                ofPrompt: places.map { bytes.number(at: tokenOffset + 4 * $0, Int32.self) }
            )
            : ContentDigest(
                ofPrompt: places.map { Int32(bytes.number(at: tokenOffset + 2 * $0, UInt16.self)) }
            )
    }

    /// The preference, with its tokens.
    ///
    /// - Parameter bytes: those that the record was read from.
    func preference(_ bytes: UnsafeRawBufferPointer, source: RowSource) -> Preference {
        var offset = tokenOffset
        func take(_ count: Int, behind shared: [Int32] = []) -> [Int32] {
            var tokens = shared
            tokens.reserveCapacity(shared.count + count)
            if isWide {
                for index in 0..<count {
                    tokens.append(bytes.number(at: offset + 4 * index, Int32.self))
                }
            } else {
                for index in 0..<count {
                    tokens.append(Int32(bytes.number(at: offset + 2 * index, UInt16.self)))
                }
            }
            offset += count * (isWide ? 4 : 2)
            return tokens
        }
        let shared = take(sharedCount)
        return Preference(
            sequences: sequences.map {
                TokenSequence(tokens: take($0.ownCount, behind: shared), scored: $0.scored)
            },
            promptLength: promptLength,
            judgement: judgement,
            weight: weight,
            margin: margin,
            source: source
        )
    }
}

/// Reads numbers one after the other.
private struct NumberReader {
    let bytes: UnsafeRawBufferPointer
    var position: Int

    /// The next number of variable size; nil where there is none.
    mutating func bits() -> UInt? {
        var number: UInt = 0
        for shift in stride(from: UInt(0), to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            number |= UInt(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }

    /// The next count; nil where there is none.
    mutating func next() -> Int? {
        // Far above what there can be, and far below what sums of a few could not hold.
        bits().flatMap { $0 < 1 << 48 ? Int($0) : nil }
    }

    mutating func double() -> Double? {
        guard bytes.count - position >= 8 else { return nil }
        defer { position += 8 }
        return Double(bitPattern: bytes.number(at: position, UInt64.self))
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: Int) {
        var rest = UInt(bitPattern: number)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    fileprivate mutating func append(tokens: ArraySlice<Int32>, isWide: Bool) {
        reserveCapacity(count + tokens.count * (isWide ? 4 : 2))
        for token in tokens {
            append(UInt8(truncatingIfNeeded: token))
            append(UInt8(truncatingIfNeeded: token >> 8))
            guard isWide else { continue }
            append(UInt8(truncatingIfNeeded: token >> 16))
            append(UInt8(truncatingIfNeeded: token >> 24))
        }
    }
}
