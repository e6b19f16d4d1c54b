public import Files
import OrderedJSON

/// What is wrong with a safetensors file, a checkpoint's index, or a tensor that was to be written.
public struct SafetensorsError: InputError, Equatable {
    /// The kinds of faults.
    public enum Kind: Sendable, Equatable {
        /// The file is too short for the length of a header: so many bytes.
        case fileTooShort(byteCount: Int)
        /// The header is longer than what follows in the file.
        case headerBeyondFile(length: UInt64, available: Int)
        /// The header is longer than the format allows.
        case headerTooLong(length: UInt64)
        /// The header is not JSON; the text tells line, column and problem.
        case headerNotJSON(String)
        /// The header is JSON but no object: what it is instead.
        case headerNotObject(found: String)
        /// `__metadata__` is not an object of strings.
        case metadataNotStrings
        /// Two tensors have one name.
        case duplicateName
        /// A tensor is to bear the name that the format keeps for its metadata.
        case reservedName
        /// A tensor's entry is not an object: what it is instead.
        case entryNotObject(found: String)
        /// A tensor's entry lacks a field, or the field is of the wrong kind.
        case fieldMissing(String)
        /// The type of a tensor's numbers is not one of `TensorElement`.
        case unknownElement(String)
        /// A shape is not a list of non-negative integers.
        case shapeMalformed
        /// A shape's bytes cannot be counted in 64 bits.
        case shapeTooLarge([Int])
        /// `data_offsets` is not a list of two non-negative integers.
        case offsetsMalformed
        /// `data_offsets` end before they begin.
        case offsetsReversed(start: Int, end: Int)
        /// A tensor's bytes reach beyond the file's.
        case offsetsBeyondFile(end: Int, available: Int)
        /// A tensor's bytes are not as many as its shape and type need.
        case sizeMismatch(expected: Int, found: Int)
        /// A tensor's bytes begin inside those of another one.
        case overlap(with: String)
        /// No tensor has the bytes before this one's.
        case hole(byteCount: Int)
        /// Bytes follow the last tensor.
        case trailingBytes(Int)
        /// A tensor was asked for that is not there.
        case noSuchTensor
        /// The bytes handed over for writing are not as many as the tensor's entry says.
        case wrongByteCount(expected: Int, found: Int)
        /// A folder has no file of weights under a name that is known.
        case noCheckpoint
        /// The index is not JSON; the text tells line, column and problem.
        case indexNotJSON(String)
        /// The index has no `weight_map` from names to files.
        case indexWithoutWeightMap
        /// The index names a file outside its folder.
        case shardOutsideFolder(shard: String)
        /// The index names a file that is not there.
        case shardMissing(shard: String)
        /// The index says that a shard has a tensor, but it has not.
        case notInShard(shard: String)
        /// Two shards have a tensor of one name.
        case inTwoShards(first: String, second: String)
        /// A checkpoint was to be split into shards of no bytes.
        case shardSizeNotPositive(Int)
    }

    /// The file's path, or nil where no file is concerned yet.
    public let path: String?
    /// The name of the tensor that is at fault, or nil where it is the whole file.
    public let tensor: String?
    /// What is wrong.
    public let kind: Kind

    package init(path: String? = nil, tensor: String? = nil, _ kind: Kind) {
        self.path = path
        self.tensor = tensor
        self.kind = kind
    }

    /// The same error, told of a file.
    func at(_ path: String) -> SafetensorsError {
        SafetensorsError(path: path, tensor: tensor, kind)
    }

    /// The error as one line.
    public var description: String {
        var parts: [String] = []
        if let path { parts.append(path) }
        if let tensor { parts.append("tensor \(quoted(tensor))") }
        parts.append(kind.problem)
        return parts.joined(separator: ": ")
    }
}

extension SafetensorsError.Kind {
    fileprivate var problem: String {
        switch self {
        case .fileTooShort(let count):
            "not a safetensors file: \(count) bytes, at least 8 are needed"
        case .headerBeyondFile(let length, let available):
            "the header should have \(length) bytes, but only \(available) follow:"
                + " the file is cut short or not a safetensors file"
        case .headerTooLong(let length):
            "the header should have \(length) bytes, more than the \(Header.maximumLength) that are"
                + " allowed: not a safetensors file"
        case .headerNotJSON(let problem): "the header is not JSON: \(problem)"
        case .headerNotObject(let found): "the header should be an object, but is \(found)"
        case .metadataNotStrings: "__metadata__ should be an object whose values are strings"
        case .duplicateName: "the name stands twice"
        case .reservedName: "the name is kept for the file's metadata"
        case .entryNotObject(let found): "the entry should be an object, but is \(found)"
        case .fieldMissing(let field): "the entry has no \(field), or it is of the wrong kind"
        case .unknownElement(let name):
            "unknown dtype \(quoted(name)) (known: \(TensorElement.knownNames))"
        case .shapeMalformed: "the shape should be a list of non-negative integers"
        case .shapeTooLarge(let shape):
            "the shape \(brief(shape)) has more bytes than 64 bits can count"
        case .offsetsMalformed: "data_offsets should be two non-negative integers, start and end"
        case .offsetsReversed(let start, let end):
            "data_offsets end at \(end), before their start at \(start)"
        case .offsetsBeyondFile(let end, let available):
            "data_offsets end at \(end), but the file has \(available) bytes of data:"
                + " it is cut short or damaged"
        case .sizeMismatch(let expected, let found):
            "shape and dtype need \(expected) bytes, data_offsets have \(found)"
        case .overlap(let other): "its bytes overlap those of \(quoted(other))"
        case .hole(let count): "\(count) bytes before its data belong to no tensor"
        case .trailingBytes(let count): "\(count) bytes after the last tensor belong to no tensor"
        case .noSuchTensor: "there is no such tensor"
        case .wrongByteCount(let expected, let found):
            "\(expected) bytes are to be written, but \(found) were given"
        case .noCheckpoint:
            "no weights are in this folder: neither \(CheckpointNames.safetensors.single) nor"
                + " \(CheckpointNames.pyTorch.single), nor an index of either, nor one .pth file"
        case .indexNotJSON(let problem): "the index is not JSON: \(problem)"
        case .indexWithoutWeightMap:
            "the index has no weight_map, an object from tensor names to file names"
        case .shardOutsideFolder(let shard):
            "the index names the file \(quoted(shard)), which is not inside its folder"
        case .shardMissing(let shard):
            "the index names the file \(quoted(shard)), which is not there"
        case .notInShard(let shard):
            "the index says that it is in \(quoted(shard)), but it is not"
        case .inTwoShards(let first, let second):
            "it is in two files, \(quoted(first)) and \(quoted(second))"
        case .shardSizeNotPositive(let size):
            "the largest size of a shard should be at least 1 byte, not \(size)"
        }
    }
}

/// A text from a file for a message: in quotes, on one line, and not without end.
private func quoted(_ text: String) -> String {
    let limit = 120
    let scalars = text.unicodeScalars
    guard scalars.count > limit else { return JSONValue.string(text).text }
    return JSONValue.string(String(scalars.prefix(limit)) + "…").text
}

private func brief(_ shape: [Int]) -> String {
    let limit = 8
    let sizes = shape.prefix(limit).map(String.init) + (shape.count > limit ? ["…"] : [])
    return "[\(sizes.joined(separator: ", "))]"
}
