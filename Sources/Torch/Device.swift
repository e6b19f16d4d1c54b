import CTorch

/// Where a tensor's elements lie and its operations run.
public struct Device: Hashable, Sendable, CustomStringConvertible {
    /// A kind of device.
    public enum Kind: String, Sendable, CaseIterable {
        case cpu, cuda, mps
    }

    /// The kind of device.
    public let kind: Kind
    /// Which of several devices of this kind, from 0.
    public let index: Int

    /// The processor.
    public static let cpu = Device(.cpu)

    /// Names a device; whether it is there, `requireAvailable()` tells.
    public init(_ kind: Kind, index: Int = 0) {
        self.kind = kind
        self.index = index
    }

    /// Reads `cpu`, `cuda`, `cuda:1` or `mps`; nil where the text is none of these.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, let kind = Kind(rawValue: String(name)) else { return nil }
        switch parts.count {
        case 1: self.init(kind)
        case 2:
            guard kind == .cuda, let index = Int(parts[1]), (0..<128).contains(index) else {
                return nil
            }
            self.init(kind, index: index)
        default: return nil
        }
    }

    /// The device as it is written: `cpu`, `cuda:0`.
    public var description: String { kind == .cuda ? "\(kind.rawValue):\(index)" : kind.rawValue }

    /// How many devices of a kind this machine has and this libtorch can use.
    ///
    /// Asking for CUDA loads libtorch's CUDA library where it lies beside the others.
    public static func count(_ kind: Kind) throws(TorchError) -> Int {
        if kind == .cuda {
            var isLoaded = false
            try check("load CUDA", ctorch_load_cuda(&isLoaded))
            guard isLoaded else { return 0 }
        }
        var count: Int32 = 0
        try check("device count", ctorch_device_count(kind.raw, &count))
        return Int(count)
    }

    /// Checks that this device can be used, before anything is put on it.
    public func requireAvailable() throws(TorchError) {
        let count = try Self.count(kind)
        guard (0..<count).contains(index) else {
            throw TorchError(
                "device",
                "\(self) is not available: libtorch sees \(count) \(kind.rawValue) devices"
            )
        }
    }

    var raw: ctorch_device { ctorch_device(type: kind.raw, index: Int32(clamping: index)) }

    init(_ raw: ctorch_device) {
        let kind = Kind.allCases.first { $0.raw == raw.type } ?? .cpu
        self.init(kind, index: Int(raw.index))
    }
}

extension Device.Kind {
    var raw: ctorch_device_type {
        switch self {
        case .cpu: CTORCH_CPU
        case .cuda: CTORCH_CUDA
        case .mps: CTORCH_MPS
        }
    }
}
