public import Safetensors
public import Torch

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
        /// On the CPU frozen ones that the file has in `dtype` stay pages of it, and trained ones that
        /// it has in float32 until they first change.
        ///
        /// With an adapter it is the adapter's that are, and the model's are frozen.
        public var isTrained: Bool
        /// The names of weights that are trained, where not all are: those in which it is found.
        public var trainedNames: NamePattern?
        /// Whether weights that lie in a file, the model's or an `OffloadFile`, leave memory as soon
        /// as a layer has used them.
        ///
        /// A model then takes the memory of a layer, and reads the file again in each pass, from the
        /// system's cache where that still has it.
        public var releasesPages: Bool

        /// Trained, in float32, on the CPU.
        public init(
            dtype: DType = .float32,
            device: Device = .cpu,
            isTrained: Bool = true,
            trainedNames: NamePattern? = nil,
            releasesPages: Bool = false
        ) {
            self.dtype = dtype
            self.device = device
            self.isTrained = isTrained
            self.trainedNames = trainedNames
            self.releasesPages = releasesPages
        }
    }

    /// Nil where weights are only asked for, not there.
    private let checkpoint: (any TensorCheckpoint)?
    /// The model's folder or file, for messages.
    let path: String

    /// The name in the file of a weight, which is known and saved under another one.
    var nameInFile: (String) -> String = { $0 }

    /// What stands before a name in Hugging Face's model, where files leave it out.
    var modulePrefix = ""

    /// Under which name the layers of the model have their numbers; nil before they are made.
    var layersPath: String?

    /// What is trained in place of the weights.
    let adapter: ModelAdapter?

    /// What is known of the numbers; nil where each tensor's are looked at when it is taken.
    let check: NumberCheck?
    let options: Options
    private var parameters: [Parameter] = []
    /// Whether `Decoder` brings the numbers of values that are no masters when it first needs them:
    /// nothing as large as a model is written before.
    var fillsLater = false
    /// The weights whose values have none yet.
    var unfilled: [Unfilled] = []
    private var used: Set<String> = []
    private var missing: [String] = []
    /// What was asked for, of a store without weights.
    private(set) var requests: [ParameterRequest] = []
    private var requestedCount = 0

    /// After so many missing tensors it is plain that the file is another model's.
    private static let mostMissing = 10_000
    /// More tensors, and more numbers in them, than any model has.
    private static let (mostRequests, mostNumbers) = (1_000_000, 1 << 50)

    /// Opens an account over the tensors of a checkpoint.
    ///
    /// - Parameter adapter: asked by every linear layer for what it adds to its weight.
    public convenience init(
        _ checkpoint: any TensorCheckpoint,
        path: String,
        options: Options,
        adapter: ModelAdapter? = nil
    ) {
        self.init(checkpoint, path: path, options: options, adapter: adapter, check: nil)
    }

    /// - Parameter check: of the checkpoint's numbers.
    init(
        _ checkpoint: any TensorCheckpoint,
        path: String,
        options: Options,
        adapter: ModelAdapter?,
        check: NumberCheck?
    ) {
        self.check = check
        self.checkpoint = checkpoint
        self.path = path
        self.options = options
        self.adapter = adapter
    }

    /// Opens an account without weights: what a model asks for is recorded in `requests`, and it
    /// gets tensors without numbers, with which it cannot compute.
    ///
    /// - Parameters:
    ///   - path: of the configuration, for messages.
    ///   - adapter: one that records too.
    init(recordingFor path: String, adapter: ModelAdapter? = nil) {
        checkpoint = nil
        check = nil
        self.path = path
        options = Options()
        self.adapter = adapter
    }

    /// Whether weights are only asked for.
    var isRecording: Bool { checkpoint == nil }

    /// The scope of all names.
    public var root: ParameterScope { ParameterScope(store: self, path: "") }

    /// Whether the file has a weight.
    func contains(_ name: String) -> Bool { entry(name) != nil }

    private func entry(_ name: String) -> TensorEntry? {
        checkpoint?.entry(named: nameInFile(name))
    }

    /// Says that two names stand for one tensor.
    ///
    /// A file may hold either name, or both with the same values.
    /// - Returns: the name under which to take it.
    public func tie(_ name: String, with other: String) throws -> String {
        guard let checkpoint, let entry = entry(name) else {
            return self.entry(other) == nil ? name : other
        }
        if let otherEntry = self.entry(other) {
            let isSame = try checkpoint.withBytes(of: entry.name) { first in
                try checkpoint.withBytes(of: otherEntry.name) { $0.hasSameBytes(as: first) }
            }
            guard entry.element == otherEntry.element, entry.shape == otherEntry.shape, isSame
            else { throw ModelError(path: path, .tiedButDifferent(entry.name, otherEntry.name)) }
            used.insert(otherEntry.name)
        }
        return name
    }

    /// Takes a weight.
    ///
    /// - Parameters:
    ///   - initialization: what it is before any training.
    ///   - savedName: the name under which it is saved, where that is not the file's.
    func take(
        _ name: String,
        shape: [Int],
        initially initialization: Initialization = .normal,
        savedName: String? = nil
    ) throws -> Tensor {
        try parameter(name, shape: shape, initially: initialization, savedName: savedName).value
    }

    /// Takes a weight.
    ///
    /// - Parameter dtype: what layers compute with, where it is not the model's.
    func parameter(
        _ name: String,
        shape: [Int],
        initially initialization: Initialization = .normal,
        savedName: String? = nil,
        dtype: DType? = nil
    ) throws -> Parameter {
        let dtype = dtype ?? options.dtype
        let fileName = nameInFile(name)
        guard used.insert(fileName).inserted else {
            throw ModelError(path: path, .takenTwice(name: fileName))
        }
        guard let checkpoint else {
            return try record(savedName ?? name, shape, initialization)
        }
        guard let entry = checkpoint.entry(named: fileName) else {
            // Go on, to name everything that is missing at once; but a configuration may ask for
            // layers and sizes beyond all memory.
            missing.append(fileName)
            guard missing.count < Self.mostMissing else {
                throw ModelError(path: path, .missing(missing))
            }
            let nothing = try Tensor.empty([0], dtype)
            return Parameter(name: name, master: nothing, value: nothing)
        }
        try require(entry, shape)
        guard entry.element.isFloatingPoint else {
            throw ModelError(
                path: path,
                .notFloatingPoint(name: fileName, found: entry.element.rawValue)
            )
        }
        let parameter = try load(entry, of: checkpoint, name: savedName ?? name, as: dtype)
        parameters.append(parameter)
        return parameter
    }

    /// Refuses a file without a weight of this shape, reading no numbers.
    func require(_ name: String, shape: [Int]) throws {
        guard let entry = entry(name) else { throw ModelError(path: path, .missing([name])) }
        try require(entry, shape)
    }

    private func require(_ entry: TensorEntry, _ shape: [Int]) throws {
        guard entry.shape == shape else {
            throw ModelError(
                path: path,
                .wrongShape(name: entry.name, found: entry.shape, expected: shape)
            )
        }
    }

    /// Closes the account.
    ///
    /// - Parameter ignoring: says of a left-over name that it is no weight.
    /// - Returns: the weights in the order in which the architecture took them, which is the order
    ///   of files, optimizers and checkpoints.
    /// - Throws: `ModelError` where weights are missing or left over.
    public func finish(ignoring: (String) -> Bool = { _ in false }) throws -> [Parameter] {
        guard missing.isEmpty else { throw ModelError(path: path, .missing(missing)) }
        let names = checkpoint?.entries.map(\.name) ?? []
        let unused = names.filter { !used.contains($0) && !ignoring($0) }
        guard unused.isEmpty else { throw ModelError(path: path, .unused(unused)) }
        return parameters
    }

    private func record(
        _ name: String,
        _ shape: [Int],
        _ initialization: Initialization
    ) throws -> Parameter {
        // Refuses sizes whose bytes cannot be counted.
        let entry = try TensorEntry(name: name, element: .float64, shape: shape)
        requestedCount += entry.elementCount
        guard requests.count < Self.mostRequests, requestedCount < Self.mostNumbers else {
            throw ModelError(path: path, .tooManyWeights)
        }
        requests.append(
            ParameterRequest(
                name: name,
                shape: shape,
                initialization: initialization,
                count: entry.elementCount
            )
        )
        let placeholder = try Tensor.empty([0], options.dtype)
        let parameter = Parameter(name: name, master: placeholder, value: placeholder)
        parameters.append(parameter)
        return parameter
    }
}
