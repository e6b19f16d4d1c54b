import Foundation
import RunReports

/// What the experiment sees before an update.
public struct OverfittingPoint: Sendable, Equatable {
    /// Updates done.
    public var step: Int
    /// The loss that is made small.
    public var loss: Double
    /// h in nats: of the answers, or, in the notebook's way, of each of their tokens.
    public var margins: [Double]
    /// σ(βh), of the last token in the notebook's way: how surely the policy tells the answers
    /// apart, in DPO's words.
    public var preference: Double
    /// π of the rejected answer's last token, as the mode reads it.
    public var lastRejectedProbability: Double
    /// log π(chosen | prompt) in nats, whatever the mode.
    public var chosenLogProbability: Double
    /// log π(rejected | prompt) in nats, whatever the mode.
    public var rejectedLogProbability: Double
    /// h of the answers in nats, whatever the mode.
    public var trueMargin: Double

    /// h in nats; the mean over the tokens where each has its own.
    public var margin: Double { margins.reduce(0, +) / Double(max(1, margins.count)) }
}

/// A curve of the experiment: what became of a policy trained in one way.
public struct OverfittingCurve: Sendable, Equatable {
    /// How answers were scored and compared.
    public let mode: OverfittingExperiment.Mode
    /// How it was trained.
    public let settings: OverfittingSettings
    /// A point before each update and one behind the last.
    public internal(set) var points: [OverfittingPoint] = []

    init(mode: OverfittingExperiment.Mode, settings: OverfittingSettings) {
        self.mode = mode
        self.settings = settings
    }

    /// Its name in reports: loss and β.
    public var title: String { settings.title }

    /// The update behind which a number was not finite any more, or nil.
    public var divergence: Int? {
        points.last.flatMap { $0.loss.isFinite && $0.margin.isFinite ? nil : $0.step }
    }

    /// From which update on h stayed within 1 % of IPO's goal, or nil where it never did.
    public var settled: Int? {
        guard let target = settings.target else { return nil }
        let last = points.lastIndex { !(abs($0.margin - target) <= 0.01 * target) }
        guard let last else { return points.first?.step }
        return last + 1 < points.count ? points[last + 1].step : nil
    }

    /// By how many nats an update changed h at the end, over the last tenth of the curve.
    public var finalSlope: Double {
        let count = max(2, points.count / 10 + 1)
        guard let last = points.last, let first = points.suffix(count).first,
            last.step > first.step
        else { return 0 }
        return (last.margin - first.margin) / Double(last.step - first.step)
    }

    /// The updates that made the loss larger.
    ///
    /// By more than 1e-6 of the first loss: below, it is float32's rounding of a loss that is 0.
    public var lossRises: [Int] {
        let least = 1e-6 * abs(points.first?.loss ?? 0)
        return zip(points, points.dropFirst())
            .filter { $1.loss > $0.loss + least }.map { $1.step }
    }

    static func plain(_ value: Double) -> String { String(format: "%g", value) }
}

extension OverfittingCurve {
    private static let columns = [
        "mode", "loss_type", "beta", "learning_rate", "optimizer", "step", "loss", "h",
        "sigma", "rejected_last_probability", "chosen_log_probability",
        "rejected_log_probability", "true_h", "h_1", "h_2", "h_3", "h_4",
    ]

    /// Curves as a table with commas, a line per point; `h_1` to `h_4` are the margins of tokens
    /// in the notebook's way, and empty otherwise.
    public static func table(_ curves: [OverfittingCurve]) -> String {
        var lines = [columns.joined(separator: ",")]
        for curve in curves {
            let settings = curve.settings
            let head = [
                curve.mode.rawValue, settings.loss.rawValue, "\(settings.beta)",
                "\(settings.learningRate)", settings.optimizer.rawValue,
            ]
            lines += curve.points.map { point in
                let numbers = [
                    point.loss, point.margin, point.preference, point.lastRejectedProbability,
                    point.chosenLogProbability, point.rejectedLogProbability, point.trueMargin,
                ]
                let tokens =
                    curve.mode == .notebook
                    ? point.margins.map { "\($0)" } : Array(repeating: "", count: 4)
                return (head + ["\(point.step)"] + numbers.map { "\($0)" } + tokens)
                    .joined(separator: ",")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
