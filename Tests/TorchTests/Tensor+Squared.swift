import Torch

extension Tensor {
    /// Every element times itself.
    func squared() throws -> Tensor { try self * self }
}
