/// Tolerances per dtype, for results of a few operations.
enum Tolerance {
    /// Some units in the last place, 2⁻²³ ≈ 1.2e-7.
    static let float32 = 1e-6
    /// Some thousand units in the last place, 2⁻⁵² ≈ 2.2e-16: sums of hundreds of products.
    static let float64 = 1e-12
    /// Central differences in float64 with steps of 1e-5 err by about 1e-10 (the third
    /// derivative) and 1e-11 (rounding).
    static let finiteDifference = 1e-6
}
