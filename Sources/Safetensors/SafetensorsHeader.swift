import OrderedJSON

/// A file's header, checked: every byte of the data belongs to exactly one tensor.
///
/// Nothing here trusts the file. What the reference implementation refuses is refused, and names
/// that stand twice too, for which tensor was meant is anybody's guess.
struct Header {
    /// The reference implementation's limit, in bytes.
    static let maximumLength = 100_000_000
    static let metadataKey = "__metadata__"

    struct Tensor {
        let entry: TensorEntry
        /// Where its bytes lie in the whole file.
        let range: Range<Int>
    }

    let metadata: [String: String]
    /// In the order of the data.
    let tensors: [Tensor]

    init(_ file: UnsafeRawBufferPointer) throws(SafetensorsError) {
        guard file.count >= 8 else {
            throw SafetensorsError(.fileTooShort(byteCount: file.count))
        }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.maximumLength) else {
            throw SafetensorsError(.headerTooLong(length: length))
        }
        let dataStart = 8 + Int(length)
        guard dataStart <= file.count else {
            throw SafetensorsError(.headerBeyondFile(length: length, available: file.count - 8))
        }
        let members = try Self.members(UnsafeRawBufferPointer(rebasing: file[8..<dataStart]))
        let dataCount = file.count - dataStart

        var metadata: [String: String] = [:]
        var names: Set<String> = []
        var parts: [Part] = []
        for (name, value) in members {
            guard names.insert(name).inserted else {
                throw SafetensorsError(tensor: name, .duplicateName)
            }
            if name == Self.metadataKey {
                metadata = try Self.metadata(value)
            } else {
                parts.append(try Part(name: name, value, dataCount: dataCount))
            }
        }
        // Sorting is stable: tensors without bytes keep the header's order.
        parts.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        try Self.checkCoverage(parts, dataCount: dataCount)
        self.metadata = metadata
        tensors = parts.map {
            Tensor(entry: $0.entry, range: dataStart + $0.start..<dataStart + $0.end)
        }
    }

    private static func members(
        _ bytes: UnsafeRawBufferPointer
    ) throws(SafetensorsError) -> [(key: String, value: JSONValue)] {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw SafetensorsError(.headerNotJSON(error.description))
        }
        guard let object = value.object else {
            throw SafetensorsError(.headerNotObject(found: value.kind))
        }
        return object.members
    }

    private static func metadata(_ value: JSONValue) throws(SafetensorsError) -> [String: String] {
        if value.isNull { return [:] }
        guard let object = value.object else { throw SafetensorsError(.metadataNotStrings) }
        var metadata: [String: String] = [:]
        for (key, value) in object.members {
            guard let text = value.string else { throw SafetensorsError(.metadataNotStrings) }
            metadata[key] = text
        }
        return metadata
    }

    private static func checkCoverage(_ parts: [Part], dataCount: Int) throws(SafetensorsError) {
        var covered = 0
        var last = ""
        for part in parts {
            let name = part.entry.name
            if part.start < covered {
                throw SafetensorsError(tensor: name, .overlap(with: last))
            }
            if part.start > covered {
                throw SafetensorsError(tensor: name, .hole(byteCount: part.start - covered))
            }
            covered = part.end
            last = name
        }
        guard covered == dataCount else {
            throw SafetensorsError(.trailingBytes(dataCount - covered))
        }
    }
}

/// One tensor of the header, with its place in the data: within them, and of the right size.
private struct Part {
    let entry: TensorEntry
    let start: Int
    let end: Int

    init(name: String, _ value: JSONValue, dataCount: Int) throws(SafetensorsError) {
        func failure(_ kind: SafetensorsError.Kind) -> SafetensorsError {
            SafetensorsError(tensor: name, kind)
        }
        guard value.object != nil else { throw failure(.entryNotObject(found: value.kind)) }
        guard let typeName = value["dtype"]?.string else {
            throw failure(.fieldMissing("dtype"))
        }
        guard let element = TensorElement(rawValue: typeName) else {
            throw failure(.unknownElement(typeName))
        }
        guard let sizes = value["shape"] else { throw failure(.fieldMissing("shape")) }
        guard let shape = sizes.countList else { throw failure(.shapeMalformed) }
        entry = try TensorEntry(name: name, element: element, shape: shape)

        guard let range = value["data_offsets"] else {
            throw failure(.fieldMissing("data_offsets"))
        }
        guard let offsets = range.countList, offsets.count == 2 else {
            throw failure(.offsetsMalformed)
        }
        start = offsets[0]
        end = offsets[1]
        guard start <= end else { throw failure(.offsetsReversed(start: start, end: end)) }
        guard end <= dataCount else {
            throw failure(.offsetsBeyondFile(end: end, available: dataCount))
        }
        guard end - start == entry.byteCount else {
            throw failure(.sizeMismatch(expected: entry.byteCount, found: end - start))
        }
    }
}

extension JSONValue {
    /// The elements of a list of non-negative integers (`2.0` and `1e3` are none here).
    fileprivate var countList: [Int]? {
        guard let elements = array else { return nil }
        var counts: [Int] = []
        counts.reserveCapacity(elements.count)
        for element in elements {
            guard case .integer(let count) = element, count >= 0 else { return nil }
            counts.append(count)
        }
        return counts
    }
}
