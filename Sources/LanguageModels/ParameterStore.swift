public import Safetensors
public import Torch

/// A weight of a model.
public struct Parameter {
    /// Its name in Hugging Face's files.
    public let name: String
    /// What the optimizer updates and what is saved: float32 where the model is trained.
    public let master: Tensor
    /// What the layers compute with and collect gradients in.
    ///
    /// In the compute dtype; the master itself where that is its dtype.
    public let value: Tensor
}

/// Hands a model's weights to its layers by name, and keeps account of them.
///
/// Every lookup is recorded, so that a weight that is missing, of the wrong shape, taken twice or
/// left over is an error that says which.
public final class ParameterStore {
    /// How weights are brought into memory.
    public struct Options: Sendable, Equatable {
        /// What the layers compute in.
        public var dtype: DType
        /// Where the weights lie.
        public var device: Device
        /// Whether the weights are to be trained.
        ///
        /// Frozen ones are not copied where the file has them in `dtype` and `device` is the CPU.
        public var isTrained: Bool

        /// Trained, in float32, on the CPU.
        public init(dtype: DType = .float32, device: Device = .cpu, isTrained: Bool = true) {
            self.dtype = dtype
            self.device = device
            self.isTrained = isTrained
        }
    }

    private let checkpoint: SafetensorsCheckpoint
    /// The model's folder or file, for messages.
    let path: String

    private let options: Options
    private var parameters: [Parameter] = []
    private var used: Set<String> = []
    private var missing: [String] = []

    /// After so many missing tensors it is plain that the file is another model's.
    private static let mostMissing = 10_000

    /// Opens an account over the tensors of a checkpoint.
    public init(_ checkpoint: SafetensorsCheckpoint, path: String, options: Options) {
        self.checkpoint = checkpoint
        self.path = path
        self.options = options
    }

    /// The scope of all names.
    public var root: ParameterScope { ParameterScope(store: self, path: "") }

    /// Whether the file has a tensor of this name.
    func contains(_ name: String) -> Bool { checkpoint.entry(named: name) != nil }

    /// Says that two names stand for one tensor.
    ///
    /// A file may hold either name, or both with the same values.
    /// - Returns: the name under which to take it.
    public func tie(_ name: String, with other: String) throws -> String {
        guard let entry = checkpoint.entry(named: name) else {
            return checkpoint.entry(named: other) == nil ? name : other
        }
        if let otherEntry = checkpoint.entry(named: other) {
            let first = try checkpoint.bytes(of: name)
            let second = try checkpoint.bytes(of: other)
            guard entry.element == otherEntry.element, entry.shape == otherEntry.shape,
                first.elementsEqual(second)
            else { throw ModelError(path: path, .tiedButDifferent(name, other)) }
            used.insert(other)
        }
        return name
    }

    /// Takes a weight.
    ///
    /// - Parameter savedName: the name under which it is saved, where that is not the file's.
    func take(_ name: String, shape: [Int], savedName: String? = nil) throws -> Tensor {
        guard used.insert(name).inserted else {
            throw ModelError(path: path, .takenTwice(name: name))
        }
        guard let entry = checkpoint.entry(named: name) else {
            // Go on, to name everything that is missing at once; but a configuration may ask for
            // layers and sizes beyond all memory.
            missing.append(name)
            guard missing.count < Self.mostMissing else {
                throw ModelError(path: path, .missing(missing))
            }
            return try Tensor.empty([0], options.dtype)
        }
        guard entry.shape == shape else {
            throw ModelError(
                path: path,
                .wrongShape(name: name, found: entry.shape, expected: shape)
            )
        }
        guard let dtype = DType(entry.element), dtype.isFloatingPoint else {
            throw ModelError(
                path: path,
                .notFloatingPoint(name: name, found: entry.element.rawValue)
            )
        }
        let parameter = try load(entry, dtype, name: savedName ?? name)
        parameters.append(parameter)
        return parameter.value
    }

    /// Closes the account.
    ///
    /// - Parameter ignoring: says of a left-over name that it is no weight.
    /// - Returns: the weights in the order in which the architecture took them, which is the order
    ///   of files, optimizers and checkpoints.
    /// - Throws: `ModelError` where weights are missing or left over.
    public func finish(ignoring: (String) -> Bool = { _ in false }) throws -> [Parameter] {
        guard missing.isEmpty else { throw ModelError(path: path, .missing(missing)) }
        let unused = checkpoint.entries.map(\.name).filter { !used.contains($0) && !ignoring($0) }
        guard unused.isEmpty else { throw ModelError(path: path, .unused(unused)) }
        return parameters
    }

    private func load(_ entry: TensorEntry, _ dtype: DType, name: String) throws -> Parameter {
        let file = try checkpoint.file(holding: entry.name)
        let bytes = try file.bytes(of: entry.name)
        let isAligned = Int(bitPattern: bytes.baseAddress) % dtype.byteCount == 0
        let stored =
            isAligned
            ? try Tensor.viewing(bytes, shape: entry.shape, dtype, owner: file)
            : try Tensor.copying(bytes, shape: entry.shape, dtype)
        guard options.isTrained else {
            let value = try stored.to(options.dtype, on: options.device)
            return Parameter(name: name, master: value, value: value)
        }
        // The mapped file is read-only: a weight that changes needs storage of its own.
        var master = try stored.to(.float32, on: options.device)
        if dtype == .float32, options.device == .cpu { master = try master.cloned() }
        let value = options.dtype == .float32 ? master : try master.to(options.dtype)
        try value.setRequiresGradient(true)
        return Parameter(name: name, master: master, value: value)
    }
}

/// A place in the tree of a model's names, such as `model.layers.0`.
public struct ParameterScope {
    let store: ParameterStore
    let path: String

    /// The scope of a name within this one.
    public subscript(name: String) -> ParameterScope {
        ParameterScope(store: store, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// Takes a weight of this scope.
    ///
    /// - Throws: `ModelError` where its shape is another or it was taken before; a weight that is
    ///   missing is an error of `ParameterStore.finish`.
    public func tensor(_ name: String, shape: [Int]) throws -> Tensor {
        try store.take(self[name].path, shape: shape)
    }
}

extension DType {
    /// The dtype of a tensor in a file.
    init?(_ element: Safetensors.TensorElement) {
        switch element {
        case .float64: self = .float64
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .int64: self = .int64
        case .int32: self = .int32
        case .int16: self = .int16
        case .int8: self = .int8
        case .uint8: self = .uint8
        case .bool: self = .bool
        }
    }

    /// The type of a tensor in a file.
    var element: Safetensors.TensorElement {
        switch self {
        case .float64: .float64
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int64: .int64
        case .int32: .int32
        case .int16: .int16
        case .int8: .int8
        case .uint8: .uint8
        case .bool: .bool
        }
    }
}
