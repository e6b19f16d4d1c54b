/// The dictionary of a checkpoint that has the model's weights.
struct StateDictionary {
    /// Keys under which training programs put a model's weights beside what else they keep.
    static let knownKeys = ["model", "model_state_dict", "state_dict", "module", "net"]

    private static let deepest = 32
    private static let mostMembers = 1_000_000
    private static let longestName = 1024

    private let objects: PickleObjects
    private var visited = 0
    /// The tensors by name, in the order of the file.
    private(set) var tensors: [(name: String, tensor: PickledTensor)] = []

    /// Finds the weights.
    ///
    /// Tensors right in the top dictionary are the weights. Otherwise they lie in a dictionary in
    /// it, which is told by `key` or, where there is just one of them, by the names in `knownKeys`.
    /// In there dictionaries may be nested; their keys are put together with dots.
    init(
        _ root: PickleValue,
        _ objects: PickleObjects,
        key: String?
    ) throws(PyTorchFileError.Kind) {
        self.objects = objects
        guard case .dictionary(let top) = root else { throw .notADictionary(found: root.kind) }
        // As in Python, the last of equal keys holds.
        var members: [String: PickleValue] = [:]
        for (name, value) in objects.dictionaries[top] {
            if case .text(let name) = name { members[name] = value }
        }
        if let key {
            guard let value = members[key], holdsTensors(value) else {
                throw .noSuchKey(key, known: keysWithTensors(members))
            }
            try add(value, name: "", depth: 0)
            return
        }
        for (name, value) in objects.dictionaries[top] {
            guard case .tensor = value, let name = Self.text(name) else { continue }
            try add(value, name: name, depth: 0)
        }
        guard tensors.isEmpty else { return }
        let found = Self.knownKeys.filter { members[$0].map(holdsTensors) ?? false }
        guard found.count == 1, let value = members[found[0]] else {
            throw .noStateDictionary(keys: keysWithTensors(members))
        }
        try add(value, name: "", depth: 0)
    }

    private mutating func add(
        _ value: PickleValue,
        name: String,
        depth: Int
    ) throws(PyTorchFileError.Kind) {
        visited += 1
        guard visited <= Self.mostMembers, depth <= Self.deepest,
            name.utf8.count <= Self.longestName
        else { throw .tooLarge }
        switch value {
        case .tensor(let index): tensors.append((name, objects.tensors[index]))
        case .dictionary(let index):
            for (key, member) in objects.dictionaries[index] {
                guard let key = Self.text(key) else { continue }
                try add(member, name: depth == 0 ? key : "\(name).\(key)", depth: depth + 1)
            }
        default: break
        }
    }

    private static func text(_ key: PickleValue) -> String? {
        switch key {
        case .text(let text): text
        case .integer(let integer): String(integer)
        default: nil
        }
    }

    private func keysWithTensors(_ members: [String: PickleValue]) -> [String] {
        // Dictionaries may be shared: looking into very many would take long.
        members.keys.sorted().prefix(100).filter { members[$0].map(holdsTensors) ?? false }
    }

    /// Whether a value is a dictionary with a tensor in it or in one of its dictionaries.
    private func holdsTensors(_ value: PickleValue) -> Bool {
        guard case .dictionary(let first) = value else { return false }
        var waiting = [first]
        var seen: Set = [first]
        while let index = waiting.popLast() {
            for (_, member) in objects.dictionaries[index] {
                switch member {
                case .tensor: return true
                case .dictionary(let inner):
                    if seen.insert(inner).inserted { waiting.append(inner) }
                default: break
                }
            }
        }
        return false
    }
}
