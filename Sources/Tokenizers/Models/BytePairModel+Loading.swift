import OrderedJSON

extension BytePairModel {
    /// Reads a `model` section of type BPE.
    init(_ section: FileSection) throws {
        if let dropout = try section.section("dropout") {
            // It belongs to training: encoding here gives the same ids every time.
            guard 0...1 ~= (try dropout.double()) else {
                throw dropout.error("\(dropout.value.text) is not between 0 and 1")
            }
        }
        var options = Options()
        options.unknownToken = try section.optionalString("unk_token")
        options.continuingPrefix = try section.optionalString("continuing_subword_prefix")
        if options.continuingPrefix == "" { options.continuingPrefix = nil }
        options.endSuffix = try section.optionalString("end_of_word_suffix")
        if options.endSuffix == "" { options.endSuffix = nil }
        options.fusesUnknown = try section.bool("fuse_unk", default: false)
        options.fallsBackToBytes = try section.bool("byte_fallback", default: false)
        options.ignoresMerges = try section.bool("ignore_merges", default: false)
        let vocabulary = try Models.vocabulary(section.requiredSection("vocab"))
        let merges = try Self.merges(
            section.requiredSection("merges"),
            vocabulary,
            prefixLength: options.continuingPrefix?.utf8.count ?? 0
        )
        self.init(vocabulary: vocabulary, merges: merges, options: options)
    }

    private static func merges(
        _ section: FileSection,
        _ vocabulary: Vocabulary,
        prefixLength: Int
    ) throws -> MergeTable {
        guard case .array(let elements) = section.value else {
            throw section.error("a list of merges is expected, found \(section.value.kind)")
        }
        var builder = MergeTableBuilder(
            vocabulary: vocabulary,
            prefixLength: prefixLength,
            capacity: elements.count
        )
        // All are strings or all are pairs.
        let arePairs = elements.first?.array != nil
        for (index, element) in elements.enumerated() {
            do throws(MergeTableBuilder.Problem) {
                switch element {
                case .string(let text) where !arePairs:
                    if !text.hasPrefix("#version") { try builder.add(text) }
                case .array(let pair) where arePairs:
                    guard pair.count == 2, case .string(let left) = pair[0],
                        case .string(let right) = pair[1]
                    else { throw MergeTableBuilder.Problem(text: "two tokens are expected") }
                    try builder.add(left, right)
                default:
                    throw MergeTableBuilder.Problem(
                        text: arePairs ? "two tokens are expected" : "a string is expected"
                    )
                }
            } catch {
                throw TokenizerError(
                    path: section.path,
                    key: "\(section.key)[\(index)]",
                    problem: "\(error.text), found \(element.text)"
                )
            }
        }
        return builder.table
    }
}

/// Makes a table of merges from their texts.
struct MergeTableBuilder {
    struct Problem: Error {
        var text: String
    }

    let vocabulary: Vocabulary
    /// How many bytes of a right part fall away where it joins a left one.
    let prefixLength: Int
    private(set) var table: MergeTable
    private var rank: UInt32 = 0
    private var joined: [UInt8] = []

    init(vocabulary: Vocabulary, prefixLength: Int, capacity: Int) {
        self.vocabulary = vocabulary
        self.prefixLength = prefixLength
        table = MergeTable(capacity: capacity)
    }

    /// Adds a merge written as two tokens with a blank between them.
    mutating func add(_ text: String) throws(Problem) {
        var text = text
        let problem = text.withUTF8 { addLine($0) }
        if let problem { throw problem }
    }

    mutating func add(_ line: [UInt8]) throws(Problem) {
        let problem = line.withUnsafeBufferPointer { addLine($0) }
        if let problem { throw problem }
    }

    private mutating func addLine(_ bytes: UnsafeBufferPointer<UInt8>) -> Problem? {
        guard let blank = bytes.firstIndex(of: 0x20), !bytes[(blank + 1)...].contains(0x20)
        else { return Problem(text: "two tokens with a blank between them are expected") }
        return add(
            UnsafeBufferPointer(rebasing: bytes[..<blank]),
            UnsafeBufferPointer(rebasing: bytes[(blank + 1)...])
        )
    }

    mutating func add(_ left: String, _ right: String) throws(Problem) {
        var (left, right) = (left, right)
        let problem = left.withUTF8 { left in right.withUTF8 { right in add(left, right) } }
        if let problem { throw problem }
    }

    private mutating func add(
        _ left: UnsafeBufferPointer<UInt8>,
        _ right: UnsafeBufferPointer<UInt8>
    ) -> Problem? {
        guard let leftID = vocabulary.id(of: left) else { return unknown(left) }
        guard let rightID = vocabulary.id(of: right) else { return unknown(right) }
        guard right.count >= prefixLength else {
            return Problem(text: "the right token does not begin with continuing_subword_prefix")
        }
        joined.removeAll(keepingCapacity: true)
        joined.append(contentsOf: left)
        joined.append(contentsOf: right[prefixLength...])
        let newID = joined.withUnsafeBufferPointer { vocabulary.id(of: $0) }
        guard let newID else {
            return joined.withUnsafeBufferPointer { unknown($0) }
        }
        table.insert(leftID, rightID, rank: rank, newID: newID)
        rank += 1
        return nil
    }

    private func unknown(_ token: UnsafeBufferPointer<UInt8>) -> Problem {
        Problem(text: "\"\(String(decoding: token, as: UTF8.self))\" is not in the vocabulary")
    }
}
