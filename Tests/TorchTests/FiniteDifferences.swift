import TestSupport
import Testing
import Torch

/// Expects the gradients of a scalar function to be those of central finite differences.
///
/// - Parameter inputs: float64 leaves; new ones are made from their elements.
func expectGradients(
    at inputs: [Tensor],
    sourceLocation: SourceLocation = #_sourceLocation,
    of function: ([Tensor]) throws -> Tensor
) throws {
    let leaves = try inputs.map { try $0.detached().cloned() }
    for leaf in leaves { try leaf.setRequiresGradient(true) }
    try function(leaves).backward()

    let step = 1e-5
    for (position, input) in inputs.enumerated() {
        let elements = try input.elements(as: Double.self)
        func value(_ index: Int, _ offset: Double) throws -> Double {
            var moved = elements
            moved[index] += offset
            var arguments = inputs
            arguments[position] = try Tensor(moved, shape: input.shape)
            return try withoutGradients { try function(arguments).item() }
        }
        let expected = try elements.indices.map {
            try (value($0, step) - value($0, -step)) / (2 * step)
        }
        let gradient = try #require(leaves[position].gradient, sourceLocation: sourceLocation)
        expectClose(
            try gradient.elements(as: Double.self),
            expected,
            absolute: 1e-9,
            relative: Tolerance.finiteDifference,
            sourceLocation: sourceLocation
        )
    }
}
