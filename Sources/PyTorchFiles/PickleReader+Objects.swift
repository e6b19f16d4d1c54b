import Safetensors

/// The few classes and functions that are known, and what they stand for.
extension PickleReader {
    func global(_ module: String, _ name: String) throws(Fault) -> PickleValue.Global {
        switch (module, name) {
        case ("collections", "OrderedDict"): return .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): return .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): return .rebuildParameter
        case ("torch", "Size"): return .size
        case ("torch.storage", "UntypedStorage"), ("torch.storage", "TypedStorage"):
            return .storage(nil)
        case ("torch", _):
            if let element = TensorElement.allCases.first(where: { $0.storageClass == name }) {
                return .storage(element)
            }
            if Self.dtypes.contains(name) { return .dtype }
        default: break
        }
        throw .foreign("\(module).\(name)")
    }

    /// The names of dtypes that settings beside the tensors may mention.
    private static let dtypes: Set = [
        "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
        "bool",
    ]

    /// What a call would give.
    mutating func value(
        of function: PickleValue,
        calledWith arguments: PickleValue
    ) throws(Fault) -> PickleValue {
        guard case .global(let global) = function, case .tuple(let index) = arguments else {
            throw .foreign("a call of \(function.kind)")
        }
        let arguments = objects.tuples[index]
        switch global {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw .foreign("an OrderedDict made of a list") }
            return newDictionary()
        case .rebuildTensor:
            objects.tensors.append(try tensor(arguments))
            return .tensor(objects.tensors.count - 1)
        case .rebuildParameter:
            // The tensor, whether it wants gradients, hooks.
            guard arguments.count == 3, case .tensor = arguments[0] else { throw .damaged }
            return arguments[0]
        case .size:
            guard arguments.count == 1, case .tuple = arguments[0] else { throw .damaged }
            return arguments[0]
        case .dtype, .storage: throw .foreign("a call of a dtype or storage")
        }
    }

    /// Accepts and forgets the state that an OrderedDict carries beside its members.
    ///
    /// It is how PyTorch keeps the versions of modules (`_metadata`).
    func checkState(_ state: PickleValue, of object: PickleValue) throws(Fault) {
        guard case .dictionary = object, case .dictionary = state else {
            throw .foreign("a state set on \(object.kind)")
        }
    }

    /// A storage by its persistent id: `("storage", class, key, location, count)`.
    mutating func storage(_ id: PickleValue) throws(Fault) -> PickleValue {
        guard case .tuple(let index) = id else { throw .foreign("a persistent id of another form") }
        let parts = objects.tuples[index]
        guard parts.count == 5, case .text("storage") = parts[0],
            case .global(.storage(let element)) = parts[1], case .text(let key) = parts[2],
            case .text = parts[3], case .integer(let count) = parts[4]
        else { throw .foreign("a persistent id of another form") }
        objects.storages.append(PickledStorage(key: key, element: element, count: count))
        return .storage(objects.storages.count - 1)
    }

    /// The arguments of `_rebuild_tensor_v2`: storage, offset, shape, strides, then whether it wants
    /// gradients, hooks and, in some files, metadata.
    private func tensor(_ arguments: [PickleValue]) throws(Fault) -> PickledTensor {
        guard (6...7).contains(arguments.count), case .storage(let index) = arguments[0],
            case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
            let strides = integers(arguments[3]), shape.count == strides.count
        else { throw .damaged }
        return PickledTensor(
            storage: objects.storages[index],
            offset: offset,
            shape: shape,
            strides: strides
        )
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        // PyTorch has at most 64 axes.
        guard case .tuple(let index) = value, objects.tuples[index].count <= 64 else { return nil }
        var integers: [Int] = []
        for element in objects.tuples[index] {
            guard case .integer(let integer) = element else { return nil }
            integers.append(integer)
        }
        return integers
    }
}

extension TensorElement {
    /// The class of PyTorch's storages of such numbers.
    var storageClass: String {
        switch self {
        case .float64: "DoubleStorage"
        case .float32: "FloatStorage"
        case .float16: "HalfStorage"
        case .bfloat16: "BFloat16Storage"
        case .int64: "LongStorage"
        case .int32: "IntStorage"
        case .int16: "ShortStorage"
        case .int8: "CharStorage"
        case .uint8: "ByteStorage"
        case .bool: "BoolStorage"
        }
    }
}
