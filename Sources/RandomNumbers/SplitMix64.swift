/// Steele, Lea and Flood's generator: 64 bits of state, each output a mixed counter.
///
/// The same on every machine for the same state, unlike Swift's own generators.
package struct SplitMix64: Sendable {
    private var state: UInt64

    /// A generator whose outputs begin behind a state.
    package init(state: UInt64) { self.state = state }

    /// The bits of a number stirred, one to one.
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 64 bits, all equally likely.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number from 0 to `bound` − 1, all equally likely.
    package mutating func next(below bound: UInt64) -> UInt64 {
        var product = next().multipliedFullWidth(by: bound)
        // 2⁶⁴ mod bound of the low halves belong to numbers that have one output more.
        let excess = (0 &- bound) % bound
        while product.low < excess { product = next().multipliedFullWidth(by: bound) }
        return product.high
    }

    /// A number from 0 to below 1: a multiple of 2⁻⁵³, all equally likely.
    package mutating func nextFraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
