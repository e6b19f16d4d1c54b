/// How the lengths of better and worse answers differ, over all comparisons of the data.
public struct LengthBias: Sendable, Equatable {
    /// What lengths are counted in.
    public enum Unit: String, Sendable {
        /// Unicode scalars of the answers.
        case characters
        /// Tokens of the answers, before truncation.
        case tokens
    }

    /// What lengths are counted in.
    public let unit: Unit
    /// Comparisons in which the better answer is the longer one.
    public private(set) var longer = 0
    /// Comparisons in which the better answer is the shorter one.
    public private(set) var shorter = 0
    /// Comparisons of answers of one length.
    public private(set) var equal = 0
    private var sum = 0.0
    private var sumOfSquares = 0.0
    private var betterInverse = 0.0
    private var worseInverse = 0.0

    init(unit: Unit) { self.unit = unit }

    mutating func add(better: Int, worse: Int) {
        if better == worse {
            equal += 1
        } else if better > worse {
            longer += 1
        } else {
            shorter += 1
        }
        let difference = Double(better - worse)
        sum += difference
        sumOfSquares += difference * difference
        guard better > 0, worse > 0 else { return }
        betterInverse += 1 / Double(better)
        worseInverse += 1 / Double(worse)
    }

    /// All comparisons.
    public var count: Int { longer + shorter + equal }

    /// The share in which the better answer is the longer one, of those with different lengths; 0.5
    /// where there is none.
    public var share: Double {
        longer + shorter > 0 ? Double(longer) / Double(longer + shorter) : 0.5
    }

    /// The sign test: how many standard deviations `share` is from what chance gives, one half.
    public var z: Double {
        longer + shorter > 0
            ? Double(longer - shorter) / Double(longer + shorter).squareRoot() : 0
    }

    /// How much longer the better answer is in the mean.
    public var meanDifference: Double { count > 0 ? sum / Double(count) : 0 }

    /// The standard error of `meanDifference`; 0 for fewer than two comparisons.
    public var standardError: Double {
        guard count > 1 else { return 0 }
        let count = Double(count)
        return (max(0, sumOfSquares - sum * sum / count) / (count - 1) / count).squareRoot()
    }

    /// What a token (or character) of better answers weighs in objectives over means, as a multiple
    /// of one of worse answers: the mean of 1 / length of each side, divided.
    public var weightInMeans: Double { worseInverse > 0 ? betterInverse / worseInverse : 1 }

    /// From how many standard deviations on a share is taken to be more than chance.
    static let significance = 3.0

    /// Whether the share is more than chance.
    public var isSignificant: Bool { abs(z) >= Self.significance }

    /// Whether length alone tells the better answer in more than two of three comparisons.
    public var isStrong: Bool { isSignificant && (share > 2.0 / 3 || share < 1.0 / 3) }
}

extension LengthBias: CustomStringConvertible {
    /// The numbers and what they do to objectives, in one line.
    public var description: String {
        guard longer + shorter > 0 else {
            return "all answers are as long as their rivals in \(unit.rawValue)"
        }
        let verdict = isSignificant ? "more than chance" : "no more than chance"
        let word = unit == .tokens ? "token" : "character"
        let shift = 0.01 * meanDifference
        var text =
            "chosen is longer in \(share.percent) of \((longer + shorter).counted("pair")) of "
            + "unequal length (z = \(z.rounded(places: 1)), \(verdict)), by "
            + "\(meanDifference.rounded(places: 1)) ± \(standardError.rounded(places: 1)) "
            + "\(unit.rawValue) in the mean"
        text +=
            "; objectives over sums of log-probabilities (DPO) move by length: 0.01 nats more on "
            + "every \(word) is \(shift.rounded(places: 2)) nats of margin"
        text +=
            "; objectives over means (SimPO) do not, but there a \(word) of chosen weighs "
            + "\(weightInMeans.rounded(places: 2)) times one of rejected"
        return text
    }
}

extension Double {
    /// A share as a percentage with one decimal.
    var percent: String { "\((100 * self).rounded(places: 1)) %" }

    /// The number with so many decimals, the same on every machine.
    func rounded(places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = (magnitude * scale).rounded()
        guard let digits = Int(exactly: scaled) else { return "\(self)" }
        let fraction = String(digits % Int(scale))
        let sign = self < 0 && digits > 0 ? "-" : ""
        guard places > 0 else { return sign + (digits / Int(scale)).grouped }
        let zeros = String(repeating: "0", count: places - fraction.count)
        return "\(sign)\((digits / Int(scale)).grouped).\(zeros)\(fraction)"
    }
}
