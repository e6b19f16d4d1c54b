public import Files

/// Why a tokenizer's files are not what they should be, and where.
public struct TokenizerError: InputError, Equatable {
    /// The file's path.
    public let path: String
    /// The place in the file, such as "model.vocab"; empty where the whole file is meant.
    public let key: String
    /// What was found, and what is allowed.
    public let problem: String

    package init(path: String, key: String = "", problem: String) {
        self.path = path
        self.key = key
        self.problem = problem
    }

    /// The error as one line.
    public var description: String {
        key.isEmpty ? "\(path): \(problem)" : "\(path), \(key): \(problem)"
    }
}
