import Torch

/// What bends a feed-forward block's numbers.
enum Activation: Sendable, Equatable {
    /// x · σ(x).
    case silu
    /// x · Φ(x).
    case gelu
    /// x · Φ(x) with Φ's approximation by tanh.
    case geluTanh

    private static let names: KeyValuePairs<String, Activation> = [
        "silu": .silu, "swish": .silu, "gelu": .gelu, "gelu_new": .geluTanh,
        "gelu_pytorch_tanh": .geluTanh,
    ]

    /// Reads Hugging Face's name of it.
    init(_ file: ConfigurationReader, key: String, default fallback: String) throws {
        let name = try file.string(key) ?? fallback
        guard let activation = Self.names.first(where: { $0.key == name })?.value else {
            let known = Self.names.map(\.key).joined(separator: ", ")
            throw file.error(key, "known are \(known)")
        }
        self = activation
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        switch self {
        case .silu: try x.silu()
        case .gelu: try x.gelu(withTanh: false)
        case .geluTanh: try x.gelu(withTanh: true)
        }
    }

    /// The gradient at x, for a gradient of the result.
    func gradient(_ x: Tensor, _ gradient: Tensor) throws(TorchError) -> Tensor {
        switch self {
        case .silu: try x.siluGradient(gradient)
        case .gelu: try x.geluGradient(gradient, withTanh: false)
        case .geluTanh: try x.geluGradient(gradient, withTanh: true)
        }
    }

    /// activation(gate) · up, with a backward of its own that keeps only the two inputs.
    func gated(_ gate: Tensor, _ up: Tensor) throws(TorchError) -> Tensor {
        try withCustomGradient([gate, up]) { () throws(TorchError) in
            if self == .silu, FusedPasses.suit(gate, up) {
                let result = try FusedPasses.siluGated(gate, up)
                return CustomGradient([result]) { (gradients, _) throws(TorchError) in
                    let (ofGate, ofUp) = try FusedPasses.siluGatedGradient(gradients[0], gate, up)
                    return [ofGate, ofUp]
                }
            }
            let result = try self(gate)
            try result.multiplyInPlace(up)
            return CustomGradient([result]) { (gradients, _) throws(TorchError) in
                let outer = gradients[0]
                let upGradient = try self(gate)
                try upGradient.multiplyInPlace(outer)
                return [try gradient(gate, outer * up), upGradient]
            }
        }[0]
    }
}
