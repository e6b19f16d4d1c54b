public import Files
import Foundation

/// How the learning rate moves over a run, as a share of the full rate.
///
/// The names and curves are transformers' (`get_scheduler`), for a step s of T with w steps of
/// warm-up, and with x = (s − w) / (T − w), the share of the rest that has passed. Before them,
/// where s < w, the share is s / w. Other programs' curves follow from parameters:
///
/// - minimind, rate·(0.1 + 0.45 (1 + cos πs/T)) with s from 1: `cosine`, floor 0.1, counted from
///   one.
/// - minimind before December 2025, rate/10 + ½ rate (1 + cos πs/T): the same with the rate times
///   1.1 and the floor 1/11.
/// - VerMind, rate·(0.05 + 0.475 (1 + cos πx)) with s from 1: `cosine`, floor 0.05, counted from
///   one, and a warm-up of ⌊T · ratio⌋ steps.
/// - The first trainer of direct preference optimization: `constant` with 150 steps of warm-up.
public struct LearningRateSchedule: Codable, Sendable, Equatable {
    /// The curve behind the warm-up.
    public enum Shape: Codable, Sendable, Equatable {
        /// 1.
        case constant
        /// 1 − x.
        case linear
        /// ½ (1 + cos πx).
        case cosine
        /// (1 − x)^power.
        case polynomial(power: Double)
        /// 1 / √(1 + (s − w) / timescale), where the time scale is w, or 10,000 without warm-up.
        case inverseSquareRoot
        /// 1 until the last steps, over which the rate falls; the warm-up rises from the floor.
        case warmupStableDecay(Decay, over: Span)
    }

    /// How the rate falls at the end of `warmupStableDecay`, for the share y of these steps.
    public enum Decay: String, Codable, Sendable, CaseIterable {
        /// 1 − y.
        case linear
        /// ½ (1 + cos πy).
        case cosine
        /// 1 − √y.
        case oneMinusSquareRoot = "1-sqrt"
    }

    /// A number of steps, or a share of a run's.
    public enum Span: Codable, Sendable, Equatable {
        /// At least 0.
        case steps(Int)
        /// 0 to 1; rounded up to whole steps, as transformers does.
        case ratio(Double)

        /// The steps of a run of so many.
        public func steps(of total: Int) -> Int {
            switch self {
            case .steps(let steps): steps
            case .ratio(let ratio): Int((Double(total) * ratio).rounded(.up))
            }
        }
    }

    /// The curve behind the warm-up.
    public var shape: Shape
    /// How long the rate rises from 0.
    public var warmup: Span
    /// What share of the rate is left at the end, 0 to 1: the curve goes from 1 to there.
    public var floor: Double
    /// Whether the first step is step 1 of the curve and not step 0.
    ///
    /// The first step of a warm-up then has not the rate 0.
    public var countsFromOne: Bool

    /// Makes a schedule; transformers' default is `linear` without warm-up.
    public init(
        _ shape: Shape = .linear,
        warmup: Span = .steps(0),
        floor: Double = 0,
        countsFromOne: Bool = false
    ) {
        self.shape = shape
        self.warmup = warmup
        self.floor = floor
        self.countsFromOne = countsFromOne
    }

    /// The share of the full rate at a step, counted from 0, of a run of so many.
    public func share(step: Int, of totalSteps: Int) -> Double {
        let step = countsFromOne ? step + 1 : step
        let warmupSteps = warmup.steps(of: totalSteps)
        if step < warmupSteps {
            let rise = Double(step) / Double(warmupSteps)
            guard case .warmupStableDecay = shape else { return rise }
            return raised(rise)
        }
        let passed = Double(step - warmupSteps)
        let rest = Double(max(1, totalSteps - warmupSteps))
        switch shape {
        case .constant: return 1
        case .linear: return raised(max(0, Double(totalSteps - step) / rest))
        case .cosine: return raised(0.5 * (1 + cos(.pi * passed / rest)))
        case .polynomial(let power): return raised(pow(max(0, 1 - passed / rest), power))
        case .inverseSquareRoot:
            let timescale = Double(warmupSteps == 0 ? 10_000 : warmupSteps)
            return 1 / ((passed + timescale) / timescale).squareRoot()
        case .warmupStableDecay(let decay, let span):
            let length = span.steps(of: totalSteps)
            let y = Double(step - (totalSteps - length)) / Double(max(1, length))
            return y <= 0 ? 1 : raised(decay.share(min(1, y)))
        }
    }

    /// A share between 0 and 1 as one between the floor and 1.
    private func raised(_ share: Double) -> Double { share * (1 - floor) + floor }

    /// Checks every value against its range.
    ///
    /// - Throws: `SettingError` naming the first that lies outside.
    public func validate() throws(SettingError) {
        try warmup.validate("warmup")
        guard (0...1).contains(floor) else {
            throw SettingError("min-learning-rate-ratio", found: "\(floor)", allowed: "0 to 1")
        }
        switch shape {
        case .polynomial(let power):
            guard power > 0, power.isFinite else {
                throw SettingError(
                    "schedule-power",
                    found: "\(power)",
                    allowed: "a number above 0"
                )
            }
        case .warmupStableDecay(_, let span): try span.validate("decay")
        case .constant, .linear, .cosine, .inverseSquareRoot: break
        }
    }
}

extension LearningRateSchedule.Decay {
    fileprivate func share(_ y: Double) -> Double {
        switch self {
        case .linear: 1 - y
        case .cosine: 0.5 * (1 + cos(.pi * y))
        case .oneMinusSquareRoot: 1 - y.squareRoot()
        }
    }
}

extension LearningRateSchedule.Span {
    fileprivate func validate(_ name: String) throws(SettingError) {
        switch self {
        case .steps(let steps):
            guard steps >= 0 else {
                throw SettingError("\(name)-steps", found: "\(steps)", allowed: "at least 0")
            }
        case .ratio(let ratio):
            guard (0...1).contains(ratio) else {
                throw SettingError("\(name)-ratio", found: "\(ratio)", allowed: "0 to 1")
            }
        }
    }
}
