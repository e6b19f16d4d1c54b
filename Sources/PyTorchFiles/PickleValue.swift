import Safetensors

/// A value of a pickle, of which only what tensors in dictionaries need is known.
///
/// Containers, storages and tensors are places in `PickleObjects`: they may be shared and hold
/// themselves, and here neither is more than a number.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case text(String)
    /// A value of which only that it is there is of interest, such as a float.
    case other
    case list(Int)
    case tuple(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    case global(Global)

    /// What a pickle may name of Python's.
    enum Global {
        case orderedDictionary
        case rebuildTensor
        case rebuildParameter
        case size
        case dtype
        /// A class of storages, with the type of their numbers; without one it is bytes.
        case storage(TensorElement?)
    }

    /// What kind of value this is, in words for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "True or False"
        case .integer: "an integer"
        case .text: "a string"
        case .other: "a number or bytes"
        case .list: "a list"
        case .tuple: "a tuple"
        case .dictionary: "a dictionary"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .global: "a class or function"
        }
    }
}

/// The containers, storages and tensors that a pickle makes.
struct PickleObjects {
    var lists: [[PickleValue]] = []
    var tuples: [[PickleValue]] = []
    /// Members in the order in which they were set.
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [PickledStorage] = []
    var tensors: [PickledTensor] = []
}

/// What a pickle says of an entry with numbers.
struct PickledStorage: Hashable {
    /// The end of the entry's name.
    let key: String
    /// The type of its numbers, bytes where there is none.
    let element: TensorElement?
    /// How many numbers it has.
    let count: Int
}

/// What a pickle says of a tensor: nothing of it is checked yet.
struct PickledTensor: Hashable {
    let storage: PickledStorage
    /// Numbers of the storage before its first one.
    let offset: Int
    let shape: [Int]
    /// Numbers from one element to the next, for each axis.
    let strides: [Int]
}
