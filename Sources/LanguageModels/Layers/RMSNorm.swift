import Torch

/// Root-mean-square normalisation (arXiv:1910.07467): x / √(mean(x²) + ε) · weight.
struct RMSNorm: Norm {
    /// How the weight comes in; in float32 the first two are the same.
    enum Form {
        /// Times the weight, behind the rounding to the compute dtype: Llama's.
        case roundedFirst
        /// Times the weight, before the rounding: OLMo 2's.
        case roundedLast
        /// Times one plus the weight, before the rounding: Gemma's.
        case onePlusWeight

        fileprivate var fused: FusedPasses.NormForm {
            switch self {
            case .roundedFirst: .roundedFirst
            case .roundedLast: .roundedLast
            case .onePlusWeight: .onePlusWeight
            }
        }
    }

    private let path: String
    private let weight: Tensor
    private let epsilon: Double
    private let form: Form

    init(
        _ parameters: ParameterScope,
        size: Int,
        epsilon: Double,
        form: Form = .roundedFirst
    ) throws {
        path = parameters.path
        weight = try parameters.tensor(
            "weight",
            shape: [size],
            initially: form == .onePlusWeight ? .zeros : .ones
        )
        self.epsilon = epsilon
        self.form = form
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        try NumberInspection.module(path, x) { x in
            try rootMeanSquareNormalized(x, weight: weight, epsilon: epsilon, form: form)
        }
    }
}

/// RMSNorm with a backward of its own, which keeps only the input and one number per row.
///
/// With r = 1/√(mean(x²) + ε), x̂ = x·r, the factor w (the weight, or one plus it) and the gradient
/// g of the result: ∂weight = Σ g·x̂ and ∂x = r · (g·w − x̂ · mean(g·w·x̂)).
func rootMeanSquareNormalized(
    _ x: Tensor,
    weight: Tensor,
    epsilon: Double,
    form: RMSNorm.Form = .roundedFirst
) throws(TorchError) -> Tensor {
    if FusedPasses.suit(x, weight) {
        return try fusedNormalized(x, weight: weight, epsilon: epsilon, form: form)
    }
    return try withCustomGradient([x, weight]) { () throws(TorchError) in
        let size = Double(x.shape.last ?? 1)
        let norm = try x.norm(dimension: -1, keepingDimension: true)  // […, 1], float32
        let scale = try ((norm * norm) / size + epsilon).reciprocalSquareRoot()
        let dtype = x.dtype
        func factor() throws(TorchError) -> Tensor {
            switch form {
            case .roundedFirst: weight
            case .roundedLast: try weight.to(scale.dtype)
            case .onePlusWeight: try weight.to(scale.dtype) + 1
            }
        }
        var result = try x * scale
        if form == .roundedFirst { result = try result.to(dtype) }
        try result.multiplyInPlace(factor())
        result = try result.to(dtype)

        return CustomGradient([result]) { (gradients, needs) throws(TorchError) in
            let normalized = try x * scale
            let gradient = gradients[0]
            var weightGradient: Tensor?
            if needs[1] {
                let rows = try (gradient * normalized).reshaped([-1, Int(size)])
                weightGradient = try rows.sum(dimensions: [0]).to(dtype)
            }
            guard needs[0] else { return [nil, weightGradient] }
            let weighted = try (gradient * factor()).to(normalized.dtype)
            let projection = try (weighted * normalized)
                .mean(dimensions: [-1], keepingDimensions: true)
            try weighted.addProductInPlace(normalized, projection, scale: -1)
            try weighted.multiplyInPlace(scale)
            return [try weighted.to(dtype), weightGradient]
        }
    }[0]
}

/// The same in one pass each way.
private func fusedNormalized(
    _ x: Tensor,
    weight: Tensor,
    epsilon: Double,
    form: RMSNorm.Form
) throws(TorchError) -> Tensor {
    try withCustomGradient([x, weight]) { () throws(TorchError) in
        let (output, scales) = try FusedPasses.normalized(
            x,
            weight: weight,
            epsilon: epsilon,
            form: form.fused
        )
        return CustomGradient([output]) { (gradients, needs) throws(TorchError) in
            let (input, ofWeight) = try FusedPasses.normalizedGradient(
                gradients[0],
                x,
                weight: weight,
                scales: scales,
                form: form.fused,
                needsInput: needs[0],
                needsWeight: needs[1]
            )
            return [input, ofWeight]
        }
    }[0]
}
