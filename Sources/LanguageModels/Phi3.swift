// Follows transformers 5.23, models/phi3/modeling_phi3.py: embd_pdrop is read by no
// layer there.
import Torch

/// Phi-3 and what is built like it: Llama with projections in one piece each.
struct Phi3: Architecture {
    let shape: DecoderShape
    let rotary: RotaryConfiguration
    /// How many positions a row sees (`sliding_window`); all by default.
    let window: Int?

    init(_ file: ConfigurationReader) throws {
        var shape = try DecoderShape(file, .init(maximumPositions: 4096, normEpsilon: 1e-5))
        shape.dropout.attentionOutput = try file.share("resid_pdrop", default: 0)
        shape.dropout.feedForwardOutput = shape.dropout.attentionOutput
        self.shape = shape
        var reader = RotaryReader(file, shape)
        reader.rotatesPart = true
        reader.originalPositions = 4096
        rotary = try reader.configuration()
        window =
            file.value("sliding_window") == nil ? nil : try file.positive("sliding_window")
    }

    var vocabularySize: Int { shape.vocabularySize }

    func paddingToken(_ file: ConfigurationReader) throws -> Int? {
        try file.paddingToken(default: 32_000)
    }

    func model(_ store: ParameterStore) throws -> Decoder {
        try Decoder(store, shape, rotary: [rotary]) { parameters, _ in
            try PreNormLayer(parameters, shape, .init(isFused: true, window: window)) {
                try FusedGatedMLP($0, shape)
            }
        }
    }
}

/// A gated feed-forward block whose first two projections are one.
private struct FusedGatedMLP: FeedForward {
    /// Both projections and their product.
    var keptCount: Int { 3 * shape.intermediateSize }

    private let gateAndUp, down: Linear
    private let shape: DecoderShape

    init(_ parameters: ParameterScope, _ shape: DecoderShape) throws {
        gateAndUp = try Linear(
            parameters["gate_up_proj"],
            inputs: shape.hiddenSize,
            outputs: 2 * shape.intermediateSize
        )
        down = try Linear(
            parameters["down_proj"],
            inputs: shape.intermediateSize,
            outputs: shape.hiddenSize
        )
        self.shape = shape
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let (both, size) = (try gateAndUp(x), shape.intermediateSize)
        return try down(
            shape.activation.gated(
                both.narrowed(0..<size, dimension: 1),
                both.narrowed(size..<2 * size, dimension: 1)
            )
        )
    }
}
