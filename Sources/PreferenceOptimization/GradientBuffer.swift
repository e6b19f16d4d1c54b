import LanguageModels
import Torch

/// The gradients of a step, collected over its micro-batches in the masters' dtype.
struct GradientBuffer {
    private let parameters: [Parameter]
    /// Sums for weights whose layers compute in another dtype; nil before the first micro-batch.
    private var sums: [Tensor?]

    init(_ parameters: [Parameter]) {
        self.parameters = parameters
        sums = Array(repeating: nil, count: parameters.count)
    }

    /// Takes over what a micro-batch's backward left in the layers' weights.
    ///
    /// Where layers compute in the masters' dtype autograd itself has added it up. Otherwise it is
    /// added here in float32, for 16 bits would swallow small shares.
    mutating func collect() throws {
        for (index, parameter) in parameters.enumerated()
        where parameter.value !== parameter.master {
            guard let gradient = parameter.value.gradient else { continue }
            try parameter.value.setGradient(nil)
            if let sum = sums[index] {
                try sum.addInPlace(gradient)
            } else {
                sums[index] = try gradient.to(parameter.master.dtype)
            }
        }
    }

    /// One gradient per parameter; zeros where nothing flowed to it.
    func gradients() throws -> [Tensor] {
        try zip(parameters, sums).map { parameter, sum in
            let gradient = parameter.value === parameter.master ? parameter.value.gradient : sum
            return try gradient
                ?? Tensor.zeros(
                    parameter.master.shape,
                    parameter.master.dtype,
                    on: parameter.master.device
                )
        }
    }

    /// Lets all gradients go.
    mutating func clear() throws {
        for (index, parameter) in parameters.enumerated() {
            try parameter.value.setGradient(nil)
            sums[index] = nil
        }
    }
}
