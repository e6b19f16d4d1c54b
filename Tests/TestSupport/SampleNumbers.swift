/// Numbers between −scale and scale that look random and are the same in every run.
///
/// Tests do not draw from libtorch's generator: it belongs to the whole process, and tests run
/// side by side.
public func sampleNumbers(_ count: Int, seed: UInt64, scale: Double = 1) -> [Double] {
    var state = seed &* 0xD134_2543_DE82_EF95 &+ 1
    return (0..<count).map { _ in
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return (Double(mixed >> 11) / Double(1 << 52) - 1) * scale
    }
}
