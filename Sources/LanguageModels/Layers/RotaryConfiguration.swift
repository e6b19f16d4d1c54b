import Foundation

/// How a model's rotary frequencies were changed to reach further than it was first trained.
enum RotaryScaling: Sendable, Equatable {
    /// Not at all.
    case none
    /// All frequencies over a factor (arXiv:2306.15595).
    case linear(factor: Double)
    /// A base that grows with the sequence beyond `positions` ("dynamic NTK").
    case dynamic(factor: Double, positions: Int)
    /// Low frequencies over a factor, high ones as they are, a ramp between (Llama 3.1).
    case llama3(factor: Double, low: Double, high: Double, positions: Int)
    /// A ramp between scaled and unscaled frequencies by dimension (arXiv:2309.00071).
    case yarn(
        factor: Double,
        betaFast: Double,
        betaSlow: Double,
        positions: Int,
        truncates: Bool
    )
    /// A factor for each frequency, one set for short and one for long sequences
    /// (arXiv:2402.13753).
    case longRoPE(short: [Double], long: [Double], positions: Int)
}

/// Which numbers of a head turn, how fast, and how long they come out.
struct RotaryConfiguration: Sendable, Equatable {
    /// How many numbers of a head turn, from its first: even.
    var dimension: Int
    /// Base of the frequencies: pair i turns by base^(−2i/dimension) per position.
    var base: Double
    /// What was done to the frequencies.
    var scaling: RotaryScaling
    /// What cosines and sines are multiplied with.
    var attentionFactor: Double
}

extension RotaryConfiguration {
    /// Sequences of two lengths have the same frequencies where this is the same number.
    ///
    /// transformers decides by the longest sequence of a batch, padding included, and with dynamic
    /// frequencies also by what the model was shown before. Here each sequence's own length
    /// decides, as if it were alone: then its log-probabilities do not depend on its neighbours.
    func frequencyClass(length: Int) -> Int {
        switch scaling {
        case .dynamic(_, let positions): length > positions ? length : 0
        case .longRoPE(_, _, let positions): length > positions ? positions : 0
        case .none, .linear, .llama3, .yarn: 0
        }
    }

    /// The angle per position of each pair, `[dimension / 2]`.
    ///
    /// In float32 step by step, as the reference implementation has it.
    ///
    /// - Parameter length: how many tokens the sequence has.
    func frequencies(length: Int) -> [Float] {
        let plain = powers(Float(base)).map { 1 / $0 }
        switch scaling {
        case .none: return plain
        case .linear(let factor): return plain.map { $0 / Float(factor) }
        case .dynamic(let factor, let positions):
            guard length > positions else { return plain }
            let stretch = Float(factor) * Float(length) / Float(positions) - Float(factor - 1)
            let exponent = Double(dimension) / Double(dimension - 2)
            return powers(Float(base) * stretch.power(Float(exponent))).map { 1 / $0 }
        case .llama3(let factor, let low, let high, let positions):
            return plain.map { frequency in
                let wavelength = 2 * Float.pi / frequency
                if wavelength < Float(Double(positions) / high) { return frequency }
                if wavelength > Float(Double(positions) / low) { return frequency / Float(factor) }
                let smooth = (Float(positions) / wavelength - Float(low)) / Float(high - low)
                return (1 - smooth) * frequency / Float(factor) + smooth * frequency
            }
        case .yarn(let factor, let fast, let slow, let positions, let truncates):
            let (first, last) = rampEnds(fast, slow, positions, truncates)
            return powers(Float(base)).enumerated().map { index, power in
                let ramp = (Float(index) - Float(first)) / Float(last - first)
                let kept = 1 - min(max(ramp, 0), 1)
                return 1 / (Float(factor) * power) * (1 - kept) + 1 / power * kept
            }
        case .longRoPE(let short, let long, let positions):
            return zip(length > positions ? long : short, powers(Float(base))).map {
                1 / (Float($0) * $1)
            }
        }
    }

    /// base^(2i/dimension).
    private func powers(_ base: Float) -> [Float] {
        (0..<dimension / 2).map { base.power(Float(2 * $0) / Float(dimension)) }
    }

    /// The dimensions that turn `fast` and `slow` times over the original positions.
    private func rampEnds(
        _ fast: Double,
        _ slow: Double,
        _ positions: Int,
        _ truncates: Bool
    ) -> (Double, Double) {
        func place(_ turns: Double) -> Double {
            Double(dimension) * log(Double(positions) / (turns * 2 * .pi)) / (2 * log(base))
        }
        var (first, last) = (place(fast), place(slow))
        if truncates { (first, last) = (first.rounded(.down), last.rounded(.up)) }
        (first, last) = (max(first, 0), min(last, Double(dimension - 1)))
        // As the reference has it, against a division by zero.
        return (first, first == last ? last + 0.001 : last)
    }
}
