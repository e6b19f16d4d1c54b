import Foundation
import TestSupport
import Testing

@testable import RandomNumbers

@Suite struct RandomNumbersTests {
    @Test("SplitMix64 from 0 gives the numbers of its authors' code")
    func generator() {
        var generator = SplitMix64(state: 0)
        #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
        #expect(generator.next() == 0x6E78_9E6A_A1B9_65F4)
        #expect(generator.next() == 0x06C4_5D18_8009_454F)
    }

    @Test("a name's number is FNV-1a's, as its authors publish it")
    func names() {
        #expect(nameHash("") == 0xCBF2_9CE4_8422_2325)
        #expect(nameHash("a") == 0xAF63_DC4C_8601_EC8C)
        #expect(nameHash("foobar") == 0x8594_4171_F739_67E8)
    }

    @Test("normal numbers are those of the same method in Python, each name with its own")
    func goldens() {
        var first = NormalNumbers(seed: 42, name: "model.embed_tokens.weight")
        var second = NormalNumbers(seed: 43, name: "lm_head.weight")
        let expected = [
            -0.02153343477880656, 0.6491705826197964, 1.1390359781362973, -2.4149529777951897,
            -0.6273009343978864, -0.2285598801868776,
        ]
        // Python's logarithm is the C library's: a unit in the last place off at most.
        expectClose((0..<6).map { _ in first.next() }, expected, relative: 1e-14)
        expectClose(
            (0..<3).map { _ in second.next() },
            [0.48967112120535883, -0.6501247291396262, -1.34863675689383],
            relative: 1e-14
        )
    }

    @Test(
        "the logarithm is the C library's but for rounding",
        arguments: [
            1e-300, 0x1p-1000, 0.1, 0.5, 0.7071067811865475, 0.7071067811865476, 0.999999, 1, 1.5,
            7e9,
        ]
    )
    func logarithm(x: Double) {
        // Sixteen digits, and where it is near 0 what the mantissa's own rounding leaves.
        expectClose(NormalNumbers.logarithm(x), log(x), absolute: 1e-16, relative: 4e-16)
    }

    @Test("mean, deviation and tails are those of the normal distribution")
    func distribution() {
        var normal = NormalNumbers(seed: 1, name: "")
        let numbers = (0..<100_000).map { _ in normal.next() }
        let count = Double(numbers.count)
        let mean = numbers.reduce(0, +) / count
        let variance = numbers.reduce(0) { $0 + $1 * $1 } / count
        let beyondTwo = Double(numbers.count { abs($0) > 2 }) / count
        // Five deviations of each: 1/√n, √(2/n), √(p(1 − p)/n) with p = 0.0455.
        expectClose(mean, 0, absolute: 0.016)
        expectClose(variance, 1, absolute: 0.023)
        expectClose(beyondTwo, 0.0455, absolute: 0.0033)
    }
}
