import Torch

/// A normalisation of rows.
protocol Norm {
    /// - Parameter x: `[…, size]`, compute dtype; means are taken in float32.
    /// - Returns: the same shape and dtype.
    func callAsFunction(_ x: Tensor) throws -> Tensor
}
