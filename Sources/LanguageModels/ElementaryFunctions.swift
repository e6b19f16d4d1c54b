import Foundation

extension Float {
    /// This number to a power, in float32.
    func power(_ exponent: Float) -> Float { powf(self, exponent) }
}
