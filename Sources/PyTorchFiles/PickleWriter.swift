import Safetensors

/// Writes the pickle of a dictionary of tensors as `torch.save` would, in protocol 2.
///
/// Every tensor has a storage of its own, with its place in the dictionary as key.
enum PickleWriter {
    static func stateDictionary(_ entries: [TensorEntry]) -> [UInt8] {
        var pickle = ByteWriter()
        pickle.append(0x80 as UInt8, 2 as UInt8)
        pickle.bytes += "}(".utf8
        for (index, entry) in entries.enumerated() {
            pickle.append(text: entry.name)
            pickle.bytes += "ctorch._utils\n_rebuild_tensor_v2\n((".utf8
            pickle.append(text: "storage")
            pickle.bytes += "ctorch\n\(entry.element.storageClass)\n".utf8
            pickle.append(text: String(index))
            pickle.append(text: "cpu")
            pickle.append(integer: entry.elementCount)
            // The storage by its persistent id; an offset of 0, shape and strides.
            pickle.bytes += "tQK\0".utf8
            pickle.append(tuple: entry.shape)
            pickle.append(tuple: strides(entry.shape))
            // Without gradients and hooks.
            pickle.bytes += [0x89] + "ccollections\nOrderedDict\n)RtR".utf8
        }
        pickle.bytes += "u.".utf8
        return pickle.bytes
    }

    /// Those of row-major order; as in PyTorch, an axis of size 0 counts as one of 1.
    private static func strides(_ shape: [Int]) -> [Int] {
        var strides: [Int] = []
        var step = 1
        for size in shape.reversed() {
            strides.append(step)
            step &*= max(size, 1)
        }
        return strides.reversed()
    }
}

extension ByteWriter {
    fileprivate mutating func append(text: String) {
        append(UInt8(ascii: "X"), UInt32(text.utf8.count))
        bytes += text.utf8
    }

    fileprivate mutating func append(integer: Int) {
        if let small = Int32(exactly: integer) {
            append(UInt8(ascii: "J"), small)
        } else {
            append(0x8A as UInt8, 8 as UInt8, Int64(integer))
        }
    }

    fileprivate mutating func append(tuple: [Int]) {
        bytes += "(".utf8
        for integer in tuple { append(integer: integer) }
        bytes += "t".utf8
    }
}
