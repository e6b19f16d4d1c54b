/// Reads a pickle as far as `torch.save` writes it for tensors in containers.
///
/// A pickle is a program that builds Python objects by calling what it names. Nothing is called
/// here: names that are not on a short list end the reading, and those on it are taken for what
/// they stand for.
struct PickleReader {
    /// Bytes of the longest pickle that is read: some hundred thousand tensors.
    static let longest = 32 << 20

    private var reader: ByteReader
    var objects = PickleObjects()
    private var stack: [PickleValue] = []
    /// Heights of the stack at which runs of values begin.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    private init(_ bytes: UnsafeRawBufferPointer) { reader = ByteReader(bytes) }

    /// Reads a pickle.
    ///
    /// - Parameter mostInstructions: where it ends, for each takes memory.
    /// - Returns: the value that it makes, and the objects that the value refers to.
    static func read(
        _ bytes: UnsafeRawBufferPointer,
        mostInstructions: Int = 8_000_000
    ) throws(PyTorchFileError.Kind) -> (root: PickleValue, objects: PickleObjects) {
        guard bytes.count <= longest else { throw .pickleTooLong(byteCount: bytes.count) }
        var reader = PickleReader(bytes)
        for _ in 0..<mostInstructions {
            let offset = reader.reader.offset
            do throws(Fault) {
                guard let code: UInt8 = reader.reader.next() else { throw .damaged }
                if code == UInt8(ascii: ".") { return (try reader.pop(), reader.objects) }
                try reader.execute(code)
            } catch {
                switch error {
                case .damaged: throw .pickleDamaged(offset: offset)
                case .foreign(let name): throw .foreign(name)
                }
            }
        }
        throw .pickleTooLong(byteCount: bytes.count)
    }

    /// Why an instruction is not followed.
    enum Fault: Error {
        /// It is none, or its operands are not what it needs.
        case damaged
        /// It needs what is not known here.
        case foreign(String)
    }

    private mutating func execute(_ code: UInt8) throws(Fault) {
        switch code {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88, 0x89: stack.append(.bool(code == 0x88))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try next(UInt8.self))))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try next(UInt16.self))))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try next(Int32.self))))
        case 0x8A: stack.append(try long())
        case UInt8(ascii: "G"):
            _ = try next(UInt64.self)
            stack.append(.other)
        case UInt8(ascii: "X"): try pushText(count: Int(next(UInt32.self)))
        case 0x8C: try pushText(count: Int(next(UInt8.self)))
        case 0x8D: try pushText(count: count(next(UInt64.self)))
        case UInt8(ascii: "C"): try pushBytes(count: Int(next(UInt8.self)))
        case UInt8(ascii: "B"): try pushBytes(count: Int(next(UInt32.self)))
        case 0x8E: try pushBytes(count: count(next(UInt64.self)))
        case UInt8(ascii: ")"): pushTuple([])
        case UInt8(ascii: "t"): pushTuple(try popToMark())
        case 0x85...0x87: pushTuple(try pop(count: Int(code) - 0x84))
        case UInt8(ascii: "]"):
            objects.lists.append([])
            stack.append(.list(objects.lists.count - 1))
        case UInt8(ascii: "}"): pushDictionary()
        case UInt8(ascii: "a"): try append(pop(count: 1))
        case UInt8(ascii: "e"): try append(popToMark())
        case UInt8(ascii: "s"): try set(pop(count: 2))
        case UInt8(ascii: "u"): try set(popToMark())
        case UInt8(ascii: "q"): memo[Int(try next(UInt8.self))] = try top()
        case UInt8(ascii: "r"): memo[Int(try next(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(Int(next(UInt8.self)))
        case UInt8(ascii: "j"): try recall(Int(next(UInt32.self)))
        case 0x80: guard try next(UInt8.self) <= 5 else { throw .damaged }
        case 0x95: _ = try next(UInt64.self)
        default: try executeObject(code)
        }
    }

    /// The instructions that name or make objects.
    private mutating func executeObject(_ code: UInt8) throws(Fault) {
        switch code {
        case UInt8(ascii: "c"):
            let module = try line()
            stack.append(.global(try global(module, line())))
        case 0x93:
            let names = try pop(count: 2)
            guard case .text(let module) = names[0], case .text(let name) = names[1] else {
                throw .damaged
            }
            stack.append(.global(try global(module, name)))
        case UInt8(ascii: "R"):
            let call = try pop(count: 2)
            stack.append(try value(of: call[0], calledWith: call[1]))
        case UInt8(ascii: "b"):
            let state = try pop()
            try checkState(state, of: top())
        case UInt8(ascii: "Q"): stack.append(try storage(pop()))
        case UInt8(ascii: "i"):
            let module = try line()
            throw .foreign("\(module).\(try line())")
        case UInt8(ascii: "P"): throw .foreign("a persistent id \(try line())")
        case UInt8(ascii: "o"), 0x81, 0x92: throw .foreign("an instance of a class")
        case 0x82...0x84: throw .foreign("an object of copyreg's extension registry")
        default: throw .damaged
        }
    }
}

// MARK: - The stack

extension PickleReader {
    private func top() throws(Fault) -> PickleValue {
        guard let value = stack.last, stack.count > marks.last ?? 0 else { throw .damaged }
        return value
    }

    private mutating func pop() throws(Fault) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(count: Int) throws(Fault) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw .damaged }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(Fault) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw .damaged }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func pushTuple(_ values: [PickleValue]) {
        objects.tuples.append(values)
        stack.append(.tuple(objects.tuples.count - 1))
    }

    private mutating func pushDictionary() {
        stack.append(newDictionary())
    }

    mutating func newDictionary() -> PickleValue {
        objects.dictionaries.append([])
        return .dictionary(objects.dictionaries.count - 1)
    }

    private mutating func pushText(count: Int) throws(Fault) {
        guard let bytes = reader.next(count: count) else { throw .damaged }
        stack.append(.text(String(decoding: bytes, as: UTF8.self)))
    }

    private mutating func pushBytes(count: Int) throws(Fault) {
        guard reader.next(count: count) != nil else { throw .damaged }
        stack.append(.other)
    }

    private mutating func recall(_ index: Int) throws(Fault) {
        guard let value = memo[index] else { throw .damaged }
        stack.append(value)
    }

    private mutating func append(_ values: [PickleValue]) throws(Fault) {
        guard case .list(let index) = try top() else { throw .damaged }
        objects.lists[index] += values
    }

    private mutating func set(_ values: [PickleValue]) throws(Fault) {
        guard case .dictionary(let index) = try top(), values.count.isMultiple(of: 2) else {
            throw .damaged
        }
        for key in stride(from: 0, to: values.count, by: 2) {
            objects.dictionaries[index].append((values[key], values[key + 1]))
        }
    }

    private mutating func next<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(Fault) -> Number {
        guard let number = reader.next(type) else { throw .damaged }
        return number
    }

    private func count(_ number: UInt64) throws(Fault) -> Int {
        guard let count = Int(exactly: number) else { throw .damaged }
        return count
    }

    private mutating func line() throws(Fault) -> String {
        guard let line = reader.line() else { throw .damaged }
        return String(decoding: line, as: UTF8.self)
    }

    /// An integer of up to 255 bytes, of which 8 are enough for every size.
    private mutating func long() throws(Fault) -> PickleValue {
        guard let bytes = reader.next(count: Int(try next(UInt8.self))) else { throw .damaged }
        guard bytes.count <= 8 else { return .other }
        let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
        var bits: UInt64 = isNegative ? .max : 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        return .integer(Int(bitPattern: UInt(bits)))
    }
}
