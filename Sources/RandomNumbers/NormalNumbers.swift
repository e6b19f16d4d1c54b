/// Normally distributed numbers of mean 0 and deviation 1, the same on every machine.
///
/// Marsaglia's polar method. It takes a logarithm, which libraries round differently; the one here
/// is made of sums, products and quotients, which IEEE 754 rounds in one way only.
package struct NormalNumbers: Sendable {
    private var generator: SplitMix64
    /// Numbers come in pairs.
    private var second: Double?

    /// - Parameters:
    ///   - seed: any number.
    ///   - name: of what the numbers are for; each has its own.
    package init(seed: UInt64, name: String) {
        generator = SplitMix64(state: SplitMix64.mix(SplitMix64.mix(seed) ^ nameHash(name)))
    }

    /// The next number.
    package mutating func next() -> Double {
        if let second {
            self.second = nil
            return second
        }
        while true {
            let (x, y) = (uniform(), uniform())
            let square = x * x + y * y
            guard square > 0, square < 1 else { continue }
            let factor = (-2 * Self.logarithm(square) / square).squareRoot()
            second = y * factor
            return x * factor
        }
    }

    /// A number between −1 and 1.
    private mutating func uniform() -> Double {
        Double(Int64(bitPattern: generator.next()) >> 11) * 0x1p-52
    }

    /// The natural logarithm of a positive, normal number.
    ///
    /// With x = m · 2ᵉ, m between √½ and √2, and s = (m − 1) / (m + 1), |s| < 0.172:
    /// log m = 2 · (s + s³/3 + s⁵/5 + …), whose terms from s²³ on are too small to show.
    static func logarithm(_ x: Double) -> Double {
        var (mantissa, exponent) = (x.significand, Double(x.exponent))
        if mantissa > 1.4142135623730951 {
            mantissa /= 2
            exponent += 1
        }
        let s = (mantissa - 1) / (mantissa + 1)
        let square = s * s
        var sum = 0.0
        for odd in stride(from: 21.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
        return 2 * s * sum + exponent * 0.6931471805599453
    }
}
