import Torch

/// What an adapter adds to one linear layer.
struct LowRankAdapter {
    /// The tensors that a forward computes with.
    private struct Factors {
        /// A, `[rank, inputs]`, and B, `[outputs, rank]`, compute dtype.
        var down, up: Tensor
        /// DoRA's lengths of the rows, `[outputs]`, float32.
        var magnitude: Tensor?
    }

    private let down, up: Parameter
    private let magnitude: Parameter?
    private let scale: Double
    private let layout: Linear.Layout
    private let dropout: Dropout
    private let mode: ComputeMode
    private let current: Factors
    /// What training began with, where that was a saved adapter.
    private let start: Factors?

    /// - Parameters:
    ///   - dropout: of the layer's input, before the adapter reads it.
    ///   - keepsStart: whether the reference is the adapter as it is now; otherwise it is the
    ///     layer without one.
    init(
        down: Parameter,
        up: Parameter,
        magnitude: Parameter?,
        scale: Double,
        layout: Linear.Layout,
        dropout: Dropout,
        keepsStart: Bool,
        mode: ComputeMode
    ) throws {
        (self.down, self.up, self.magnitude) = (down, up, magnitude)
        (self.scale, self.layout, self.dropout) = (scale, layout, dropout)
        self.mode = mode
        current = Factors(down: down.value, up: up.value, magnitude: magnitude?.value)
        start =
            keepsStart
            ? Factors(
                down: try down.value.detached().cloned(),
                up: try up.value.detached().cloned(),
                magnitude: try magnitude?.value.detached().cloned()
            ) : nil
    }

    /// The layer's result.
    ///
    /// - Parameters:
    ///   - x: `[sequence, inputs]`, compute dtype.
    ///   - weight: `[outputs, inputs]`, frozen.
    ///   - bias: `[outputs]`, frozen.
    /// - Returns: `[sequence, outputs]`, same dtype.
    func callAsFunction(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
        guard let factors = mode.isReference ? start : current else {
            return try x.linear(weight, bias: bias)
        }
        let noise = dropout.mask(at: mode.dropout)
        guard let magnitude = factors.magnitude else {
            return try sum(x, weight, bias, factors, noise)
        }
        // Their own lengths are no part of the gradient: section 4.3 of DoRA's paper.
        let lengths = try withoutGradients {
            try Self.rowNorms(changed(weight, factors.down, factors.up))
        }
        let factor = try magnitude / lengths
        // As PEFT: what is added to the layer's own result sees the dropout, and where factors are
        // 1 and B is zero nothing is added.
        let result = try x.linear(weight, bias: bias)
        let seen = try noise.map { try x * $0.factors(for: x) } ?? x
        let product =
            noise == nil
            ? try bias.map { try result - $0 } ?? result : try seen.linear(weight)
        let change = try seen.linear(factors.down).linear(factors.up) * scale
        return try result + product * (factor - 1).to(x.dtype) + change * factor.to(x.dtype)
    }

    /// x·Wᵀ + bias + scale · (dropped x)·Aᵀ·Bᵀ.
    ///
    /// With a backward of its own, which keeps the input and `[sequence, rank]` numbers, and makes
    /// no other tensor of the result's size. What is dropped is found again from the seed.
    private func sum(
        _ x: Tensor,
        _ weight: Tensor,
        _ bias: Tensor?,
        _ factors: Factors,
        _ noise: DropoutMask?
    ) throws(TorchError) -> Tensor {
        let (down, up) = (factors.down, factors.up)
        return try withCustomGradient([x, down, up]) { () throws(TorchError) in
            func seen() throws(TorchError) -> Tensor {
                guard let noise else { return x }
                return try x * noise.factors(for: x)
            }
            let result = try x.linear(weight, bias: bias)
            let narrow = try seen().linear(down)
            try narrow.multiplyInPlace(scale)
            try result.addMatrixProductInPlace(narrow, up.transposed)
            return CustomGradient([result]) { (gradients, needs) throws(TorchError) in
                let outer = gradients[0]
                let narrowGradient = try outer.matrixProduct(up)
                try narrowGradient.multiplyInPlace(scale)
                var gradient: Tensor?
                if needs[0] {
                    let whole = try outer.matrixProduct(weight)
                    if let noise {
                        try whole.addProductInPlace(
                            narrowGradient.matrixProduct(down),
                            noise.factors(for: x)
                        )
                    } else {
                        try whole.addMatrixProductInPlace(narrowGradient, down)
                    }
                    gradient = whole
                }
                return [
                    gradient,
                    needs[1] ? try narrowGradient.transposed.matrixProduct(seen()) : nil,
                    needs[2] ? try outer.transposed.matrixProduct(narrow) : nil,
                ]
            }
        }[0]
    }

    /// W + scale · B·A.
    private func changed(_ weight: Tensor, _ down: Tensor, _ up: Tensor) throws -> Tensor {
        try weight + up.matrixProduct(down) * scale
    }

    /// The Euclidean lengths of rows, float32 at least.
    static func rowNorms(_ weight: Tensor) throws -> Tensor { try weight.norm(dimension: 1) }

    /// A weight with the adapter worked in, in float64.
    ///
    /// - Parameter weight: as the file has it.
    func merged(_ weight: Tensor) throws -> Tensor {
        func exact(_ tensor: Tensor) throws -> Tensor {
            try tensor.detached().to(.float64, on: .cpu)
        }
        var result = try changed(
            layout.outputsFirst(exact(weight)),
            exact(down.master),
            exact(up.master)
        )
        if let magnitude {
            let factor = try exact(magnitude.master) / Self.rowNorms(result)
            result = try result * factor.expanded(at: 1)
        }
        return try layout.outputsFirst(result).contiguous()
    }
}

extension Linear.Layout {
    /// A weight as `[outputs, inputs]`, or back from there.
    func outputsFirst(_ weight: Tensor) throws(TorchError) -> Tensor {
        self == .outputsFirst ? weight : try weight.transposed
    }
}
