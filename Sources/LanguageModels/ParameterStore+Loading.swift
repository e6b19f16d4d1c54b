import Safetensors
import Torch

extension ParameterStore {
    /// Brings a weight's numbers from the file to where layers compute.
    ///
    /// - Parameter name: the one that it is known by.
    func load(
        _ entry: TensorEntry,
        of checkpoint: any TensorCheckpoint,
        name: String,
        as computeDType: DType
    ) throws -> Parameter {
        let bytes = try checkpoint.tensorBytes(of: entry.name)
        let dtype = DType(entry.element)
        let isTrained =
            options.isTrained && adapter == nil && options.trainedNames?.matches(name) ?? true
        // What is computed with and, where it is trained, changed as the file has it.
        let stays = dtype == (isTrained ? .float32 : computeDType) && options.device == .cpu
        let stored = try self.stored(entry, bytes, isToChange: isTrained && stays)
        let pages = stays && options.releasesPages ? bytes : nil
        // Masters beside other values are not read again before the first update.
        defer { if !stays || dtype != computeDType { bytes.releasePages() } }
        let master = isTrained ? try stored.to(.float32, on: options.device) : stored
        let value: Tensor
        if fillsLater, options.device == .cpu, master.dtype != computeDType {
            value = try .keptZeros(entry.shape, computeDType)
            unfilled.append(
                Unfilled(name: name) {
                    try value.copyInPlace(master)
                    bytes.releasePages()
                }
            )
        } else {
            value = try master.to(computeDType, on: options.device)
        }
        if isTrained { try value.setRequiresGradient(true) }
        return Parameter(name: name, master: master, value: value, pages: pages)
    }

    /// What layers compute with of a weight, which is there before its numbers are.
    struct Unfilled {
        /// The weight's.
        let name: String
        /// Brings the master's numbers.
        let fill: () throws -> Void
    }

    /// A tensor as the file has it, without a copy where its numbers are aligned.
    ///
    /// - Parameter isToChange: whether it is trained: then it is copied when it first changes.
    private func stored(
        _ entry: TensorEntry,
        _ tensor: TensorBytes,
        isToChange: Bool
    ) throws -> Tensor {
        try withExtendedLifetime(tensor.owner) {
            let strange =
                try check?.nonFiniteCount(of: entry.name)
                ?? entry.element.nonFiniteCount(tensor.bytes)
            guard strange == 0 else {
                throw ModelError(path: path, .notFinite(name: entry.name, count: strange))
            }
            let dtype = DType(entry.element)
            let isAligned = Int(bitPattern: tensor.bytes.baseAddress) % dtype.byteCount == 0
            return isAligned
                ? try .viewing(
                    tensor.bytes,
                    shape: entry.shape,
                    dtype,
                    isToChange: isToChange,
                    owner: isToChange ? PageLoan(tensor) : tensor.owner
                )
                : try .copying(tensor.bytes, shape: entry.shape, dtype)
        }
    }
}

/// The pages of a tensor in a mapped file, given back when nobody needs them any more.
private final class PageLoan {
    let tensor: TensorBytes

    init(_ tensor: TensorBytes) { self.tensor = tensor }

    deinit { tensor.releasePages() }
}
