import Safetensors

/// What is in the bytes of a checkpoint, checked.
struct PyTorchContents {
    /// In the order of the pickle.
    let tensors: [StoredTensor]
    /// Tensors that are another one's very numbers, with the name of the first of these.
    let tied: [String: String]

    /// - Parameter key: where the weights lie in the top dictionary; found where it is nil.
    init(_ file: UnsafeRawBufferPointer, key: String?) throws(PyTorchFileError.Kind) {
        guard !file.starts(with: Self.legacyMagic) else { throw .legacy }
        let directory = try ZipDirectory(file)
        let pickles = directory.names.filter {
            $0.hasSuffix("/data.pkl") && $0.utf8.count(where: { $0 == 0x2F }) == 1
        }
        guard pickles.count == 1, let range = directory.range(of: pickles[0]) else {
            throw .pickles(count: pickles.count)
        }
        let folder = pickles[0].dropLast("data.pkl".utf8.count)
        // Files from before PyTorch 2.1 do not say.
        if let order = directory.range(of: "\(folder)byteorder"),
            !file[order].elementsEqual("little".utf8)
        {
            throw .bigEndian
        }
        let pickle = try PickleReader.read(UnsafeRawBufferPointer(rebasing: file[range]))
        let dictionary = try StateDictionary(pickle.root, pickle.objects, key: key)

        var names: Set<String> = []
        var first: [PickledTensor: String] = [:]
        var tied: [String: String] = [:]
        var tensors: [StoredTensor] = []
        for (name, tensor) in dictionary.tensors {
            guard names.insert(name).inserted else { throw .tensor(name, .twice) }
            let entry = "\(folder)data/\(tensor.storage.key)"
            guard let storage = directory.range(of: entry) else {
                throw .tensor(name, .noStorage(entry))
            }
            tensors.append(
                try StoredTensor(name, tensor, storage: storage, limit: file.count)
            )
            if let other = first[tensor] { tied[name] = other } else { first[tensor] = name }
        }
        self.tensors = tensors
        self.tied = tied
    }

    /// How a file begins that PyTorch before 1.6 wrote: a pickle of 0x1950A86A20F9469CFC6C.
    private static let legacyMagic: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
}
