public import Files
import OrderedJSON

/// A model folder that cannot be used, and why.
public struct ModelError: InputError, Equatable {
    /// What is wrong.
    public enum Kind: Sendable, Equatable {
        /// `model_type` names an architecture that is not known.
        case unknownArchitecture(found: String, known: [String])
        /// A key of config.json has a value that cannot be used.
        case configuration(key: String, found: String, allowed: String)
        /// Tensors that the architecture needs are not in the file.
        case missing([String])
        /// A tensor has another shape than the configuration says.
        case wrongShape(name: String, found: [Int], expected: [Int])
        /// Tensors in the file that the architecture does not use.
        case unused([String])
        /// The architecture takes a tensor twice.
        case takenTwice(name: String)
        /// A tensor of numbers that no weight can be made of.
        case notFloatingPoint(name: String, found: String)
        /// A weight with numbers that are NaN or infinite.
        case notFinite(name: String, count: Int)
        /// A weight with numbers that the dtype it is converted to cannot hold.
        case tooLarge(name: String, dtype: String)
        /// Two tensors that the configuration ties together have different values.
        case tiedButDifferent(String, String)
        /// A token id beyond the model's vocabulary.
        case tokenOutsideVocabulary(id: Int, vocabularySize: Int)
        /// A position beyond those that the model has learned.
        case sequenceTooLong(position: Int, limit: Int)
        /// An adapter that does not fit the model it is to be used with.
        case adapterOfOtherBase(madeFor: String?, base: String, problem: String)
        /// Targets of an adapter that are no linear layers of the model; `known` are.
        case noSuchTargets(found: [String], known: [String])
    }

    /// The folder or file.
    public let path: String
    /// What is wrong.
    public let kind: Kind

    /// Makes an error.
    public init(path: String, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// The error as one line.
    public var description: String { "\(path): \(kind.words)" }
}

extension ModelError.Kind {
    var words: String {
        switch self {
        case .unknownArchitecture(let found, let known):
            "model_type is \(Self.oneLine(found)); known are \(known.joined(separator: ", "))"
        case .configuration(let key, let found, let allowed):
            "\(key) is \(found); \(allowed)"
        case .missing(let names):
            "tensors are missing: \(Self.list(names))"
        case .wrongShape(let name, let found, let expected):
            "\(name) has the shape \(found); the configuration makes it \(expected)"
        case .unused(let names):
            "tensors that this architecture does not use: \(Self.list(names))"
        case .takenTwice(let name):
            "the architecture takes \(name) twice"
        case .notFloatingPoint(let name, let found):
            "\(name) is of \(found); weights are F32, F16, BF16 or F64"
        case .notFinite(let name, let count):
            "\(Self.oneLine(name)) has \(count) numbers that are NaN or infinite; the file is damaged "
                + "or its training failed: use an earlier checkpoint"
        case .tooLarge(let name, let dtype):
            "\(Self.oneLine(name)) has numbers that are too large for \(dtype) (bfloat16 has the "
                + "range of float32)"
        case .tiedButDifferent(let first, let second):
            "tie_word_embeddings is true, but \(first) and \(second) differ; set it to false in "
                + "config.json to train both, or remove one of the tensors"
        case .tokenOutsideVocabulary(let id, let size):
            "token id \(id) lies outside the model's vocabulary of \(size); does the tokenizer "
                + "belong to this model?"
        case .sequenceTooLong(let position, let limit):
            "a sequence has a token at position \(position), and the model learned \(limit) "
                + "positions; limit the length of sequences"
        case .adapterOfOtherBase(let made, let base, let problem):
            "this adapter\(made.map { ", made for \(Self.oneLine($0))," } ?? "") does not fit "
                + "\(base): \(problem)"
        case .noSuchTargets(let found, let known):
            "no linear layer is named by \(Self.list(found)); there are "
                + known.joined(separator: ", ")
        }
    }

    /// The first few of many names.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).map(oneLine).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }

    /// A text out of a file, without line breaks and not without end.
    private static func oneLine(_ text: String) -> String {
        let limit = 120
        let scalars = text.unicodeScalars
        let shown = scalars.count > limit ? String(scalars.prefix(limit)) + "…" : text
        return String(JSONValue.string(shown).text.dropFirst().dropLast())
    }
}
