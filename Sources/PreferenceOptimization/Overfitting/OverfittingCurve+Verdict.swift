import Foundation
import RunReports

extension OverfittingCurve {
    /// What happened, in a sentence or two made from the numbers.
    public var verdict: String {
        guard let first = points.first, let last = points.last else { return "\(title): nothing" }
        let steps = "\(last.step) update\(last.step == 1 ? "" : "s")"
        if let divergence {
            return "\(title): training diverged; behind update \(divergence) a number was not "
                + "finite."
        }
        var text =
            "\(title): after \(steps) h is \(short(last.margin)) (from "
            + "\(short(first.margin))), "
        text += courseOfMargin
        text +=
            "; the rejected answer's log-probability went from "
            + "\(short(first.rejectedLogProbability)) to \(short(last.rejectedLogProbability)), the "
            + "chosen one's from \(short(first.chosenLogProbability)) to "
            + "\(short(last.chosenLogProbability))"
        if mode == .notebook {
            text += "; the answers' true h is \(short(last.trueMargin))"
        }
        text += ". The loss went from \(short(first.loss)) to \(short(last.loss))"
        if !lossRises.isEmpty {
            text += ", and rose at \(lossRises.count) of \(last.step) updates"
        }
        return text + "."
    }

    /// Where h goes, seen from its end.
    private var courseOfMargin: String {
        guard let last = points.last else { return "" }
        let slope = "\(short(finalSlope)) nats an update"
        guard let target = settings.target else {
            return finalSlope > 0
                ? "still rising by \(slope)" : "no longer rising (\(slope))"
        }
        if let settled {
            return "within 1 % of its goal 1/(2β) = \(Self.plain(target)) from update \(settled) on"
        }
        let distance = 100 * abs(last.margin - target) / target
        return "\(short(distance)) % from its goal 1/(2β) = \(Self.plain(target)) and changing by "
            + slope
    }

    /// What the curves say together, a sentence each, made from the numbers.
    public static func verdict(_ curves: [OverfittingCurve]) -> [String] {
        let dpo = curves.filter { $0.settings.loss == .dpo && $0.divergence == nil }
        let ipo = curves.filter { $0.settings.loss == .ipo }
        var lines: [String] = []
        if !dpo.isEmpty {
            let rising = dpo.count { $0.finalSlope > 0 }
            lines.append(
                "DPO: h was still rising at the end of \(rising) of \(dpo.count) curves."
            )
        }
        if let line = effectOfBeta(dpo) { lines.append(line) }
        if !ipo.isEmpty {
            let settled = ipo.count { $0.settled != nil && $0.divergence == nil }
            lines.append(
                "IPO: h settled at 1/(2β) in \(settled) of \(ipo.count) curves."
            )
        }
        if let line = effectOfBeta(ipo.filter { $0.divergence == nil }) { lines.append(line) }
        return lines
    }

    /// How the end of the rejected answer's last token depends on β, over curves of one loss.
    private static func effectOfBeta(_ curves: [OverfittingCurve]) -> String? {
        let curves = curves.sorted { $0.settings.beta < $1.settings.beta }
        guard curves.count > 1, let first = curves.first, let last = curves.last,
            let low = first.points.last?.lastRejectedProbability,
            let high = last.points.last?.lastRejectedProbability, low > 0, high > 0
        else { return nil }
        let factor = max(low, high) / min(low, high)
        return "\(first.settings.loss.title): β is \(plain(first.settings.beta)) or "
            + "\(plain(last.settings.beta)), and π of the rejected answer's last token ends at "
            + "\(short(low)) or \(short(high)): a factor of \(short(factor))."
    }

    private func short(_ value: Double) -> String { Self.short(value) }

    /// Four digits, and what is next to nothing as 0.
    private static func short(_ value: Double) -> String {
        abs(value) < 1e-12 ? "0" : NumberFormat.fourDigits(value)
    }
}
