import Safetensors

@testable import PyTorchFiles

/// Arbitrary bytes as a checkpoint or, after a zero, as the pickle of one; what it holds is read.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPyTorchCheckpoint(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    guard bytes.first == 0 else {
        read(bytes)
        return 0
    }
    let pickle = bytes.dropFirst()
    if let parsed = try? PickleReader.read(UnsafeRawBufferPointer(rebasing: pickle)) {
        for key in [nil, "model"] {
            let found = try? StateDictionary(parsed.root, parsed.objects, key: key)
            for (name, tensor) in found?.tensors ?? [] {
                let size = tensor.storage.element?.byteCount ?? 1
                let end = tensor.storage.count.multipliedReportingOverflow(by: size)
                guard !end.overflow, (0...storage.count).contains(end.partialValue) else {
                    continue
                }
                let stored = try? StoredTensor(
                    name,
                    tensor,
                    storage: 0..<end.partialValue,
                    limit: 4 * storage.count
                )
                storage.withUnsafeBytes { _ = stored?.bytes(in: $0, owner: owner) }
            }
        }
    }
    return 0
}

private func read(_ bytes: UnsafeRawBufferPointer) {
    guard let contents = try? PyTorchContents(bytes, key: nil) else { return }
    for tensor in contents.tensors {
        let found = tensor.bytes(in: bytes, owner: owner)
        precondition(found.bytes.count == tensor.entry.byteCount)
    }
}

private let storage = [UInt8](repeating: 1, count: 4096)
private final class Owner: Sendable {}
private let owner = Owner()
