public import Files

/// What is wrong with a checkpoint of PyTorch.
public struct PyTorchFileError: InputError, Equatable {
    /// The kinds of faults.
    public enum Kind: Error, Sendable, Equatable {
        /// The form that PyTorch wrote before 1.6.
        case legacy
        /// No zip file at all.
        case notZip
        /// The zip file's directory is not what it should be, or the file is cut short.
        case directoryDamaged
        /// An entry that cannot be read.
        case entry(String, EntryFault)
        /// So many entries are a `data.pkl` in a folder, where one is needed.
        case pickles(count: Int)
        /// The numbers are in the order of another machine.
        case bigEndian
        /// The pickle is longer than any that is read.
        case pickleTooLong(byteCount: Int)
        /// The pickle has an instruction that is none or cannot be followed.
        case pickleDamaged(offset: Int)
        /// The pickle needs a class or function that is not known here.
        case foreign(String)
        /// The pickle makes something else than a dictionary.
        case notADictionary(found: String)
        /// No dictionary is plainly that of the weights; these have tensors.
        case noStateDictionary(keys: [String])
        /// The key that was asked for has no dictionary with tensors; these have.
        case noSuchKey(String, known: [String])
        /// Names or dictionaries without end.
        case tooLarge
        /// A tensor that cannot be read or written.
        case tensor(String, TensorFault)
        /// Several files could be the weights.
        case severalFiles([String])
    }

    /// What may be wrong with an entry of the zip file.
    public enum EntryFault: Sendable, Equatable {
        /// Its bytes are not stored as they are.
        case compressed
        /// A password is needed.
        case encrypted
        /// Its name stands twice.
        case twice
        /// Its local header has another name.
        case otherName
        /// Its header or bytes are not inside the file.
        case outsideFile
        /// Its bytes are also another one's.
        case overlaps(String)
    }

    /// What may be wrong with a tensor.
    public enum TensorFault: Sendable, Equatable {
        /// Its name stands twice.
        case twice
        /// The zip file has no entry with its numbers.
        case noStorage(String)
        /// The entry has another number of bytes than the pickle says.
        case storageSize(expected: Int, found: Int)
        /// Its storage has no type of numbers.
        case untyped
        /// It reaches beyond its storage.
        case outsideStorage
        /// It has more bytes than the whole file.
        case tooLarge
        /// There is none of this name.
        case missing
        /// The bytes handed over for writing are not as many as the tensor has.
        case wrongByteCount(expected: Int, found: Int)
    }

    /// The file.
    public let path: String
    /// What is wrong with it.
    public let kind: Kind

    init(path: String, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// The error as one line.
    public var description: String { "\(path): \(kind.words)" }
}

extension PyTorchFileError.Kind {
    fileprivate var words: String {
        switch self {
        case .legacy:
            "written in the form of PyTorch before 1.6, which is not read; where you trust the file,"
                + " write it anew: torch.save(torch.load(old), new)"
        case .notZip:
            "not a checkpoint of PyTorch: no zip file, or one that is cut short"
        case .directoryDamaged: "the zip file's directory is damaged, or the file is cut short"
        case .entry(let name, let fault): "entry \(shown(name)): \(fault.words)"
        case .pickles(let count):
            "\(count) entries are a data.pkl, one is needed: not a checkpoint that torch.save wrote"
        case .bigEndian:
            "written on a big-endian machine; write it anew on a little-endian one"
        case .pickleTooLong(let count):
            "data.pkl, of \(count) bytes, is longer than what is read (\(PickleReader.longest) bytes"
                + " and 8 million instructions)"
        case .pickleDamaged(let offset):
            "data.pkl cannot be read at byte \(offset): it is damaged or not by torch.save"
        case .foreign(let name):
            "data.pkl holds \(shown(name)), and only tensors in dictionaries are read; where you"
                + " trust the file, load it with PyTorch and save its state_dict alone"
        case .notADictionary(let found):
            "it holds \(found), and a dictionary of tensors is needed; save the model's state_dict"
        case .noStateDictionary(let keys):
            keys.isEmpty
                ? "it holds no tensors"
                : "which tensors are the model's? name one of the keys \(list(keys)) (with `penchant"
                    + " convert --key`)"
        case .noSuchKey(let key, let known):
            "no dictionary with tensors is under the key \(shown(key));"
                + (known.isEmpty ? " none is under any" : " there are \(list(known))")
        case .tooLarge: "its dictionaries are nested without end, or its names are too long"
        case .tensor(let name, let fault): "tensor \(shown(name)): \(fault.words)"
        case .severalFiles(let names):
            "several files could be the weights, \(list(names)); keep one of them in the folder"
        }
    }
}

extension PyTorchFileError.EntryFault {
    fileprivate var words: String {
        switch self {
        case .compressed: "it is compressed; torch.save stores entries as they are"
        case .encrypted: "it is encrypted, which is not read"
        case .twice: "the name stands twice"
        case .otherName: "its header has another name"
        case .outsideFile: "its header is damaged, or its bytes are not inside the file"
        case .overlaps(let other): "its bytes overlap those of \(shown(other))"
        }
    }
}

extension PyTorchFileError.TensorFault {
    fileprivate var words: String {
        switch self {
        case .twice: "the name stands twice"
        case .noStorage(let entry): "its numbers should be in \(shown(entry)), which is not there"
        case .storageSize(let expected, let found):
            "its storage should have \(expected) bytes, but has \(found)"
        case .untyped: "its storage has no type of numbers"
        case .outsideStorage: "its shape and strides lead out of its storage"
        case .tooLarge: "its shape has more bytes than the whole file"
        case .missing: "there is no such tensor"
        case .wrongByteCount(let expected, let found):
            "\(expected) bytes are to be written, but \(found) were given"
        }
    }
}

private func list(_ names: [String]) -> String {
    names.prefix(8).map(shown).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
}

/// A text from a file for a message: marked, on one line, and not without end.
private func shown(_ text: String) -> String {
    let limit = 120
    var line = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        let isPlain = ![.control, .lineSeparator, .paragraphSeparator].contains(
            scalar.properties.generalCategory
        )
        line += isPlain ? String(scalar) : scalar.escaped(asASCII: true)
    }
    return "`\(line)\(text.unicodeScalars.count > limit ? "…" : "")`"
}
