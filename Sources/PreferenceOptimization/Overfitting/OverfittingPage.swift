import Foundation
import RunReports

/// The experiment as one page: what happened in words, in plots and in a table.
public struct OverfittingPage {
    /// How many points of a curve are drawn: more than can be told apart.
    private static let mostPoints = 500

    private let curves: [OverfittingCurve]

    /// A page of curves of one mode.
    public init(_ curves: [OverfittingCurve]) { self.curves = curves }

    /// The page, which needs no other file.
    public var html: String {
        let notebook = curves.contains { $0.mode == .notebook }
        return PlotPage(
            title: "DPO and IPO on a single pair"
                + (notebook ? ", as the notebook computes them" : ""),
            paragraphs: [
                "A Llama with 1.3 million weights is trained on one pair of answers of four "
                    + "tokens, again and again. h is by how much more than the reference the "
                    + "policy prefers the chosen to the rejected answer, in nats."
                    + (notebook
                        ? " Here each token has an h of its own, of which the mean is drawn, and "
                            + "is scored by the row that has read it already; the last plots are "
                            + "those of the true log-probabilities." : "")
            ],
            findings: OverfittingCurve.verdict(curves) + curves.map(\.verdict),
            legend: curves.map(\.title),
            plots: plots(notebook)
        ).html
    }

    private func plots(_ notebook: Bool) -> [LinePlot] {
        let h = notebook ? "mean h of a token" : "h"
        var plots = [plot("Margin h", "\(h) in nats", \.margin)]
        let ipo = curves.enumerated().filter { $0.element.settings.target != nil }
        if !ipo.isEmpty {
            plots.append(
                LinePlot(
                    title: "IPO's margin h and its goal 1/(2β) (dotted)",
                    xLabel: Self.updates,
                    yLabel: "\(h) in nats",
                    series: ipo.map { series($0.element, $0.offset, \.margin) },
                    guides: ipo.compactMap { index, curve in
                        curve.settings.target.map {
                            .init(value: $0, color: index, label: OverfittingCurve.plain($0))
                        }
                    }
                )
            )
        }
        plots += [
            plot(
                "Loss",
                "loss (10⁻⁸ and below on the axis)",
                scale: .logarithmic(floor: 1e-8),
                \.loss
            ),
            plot(
                "How sure the policy is",
                notebook ? "σ(βh) of the last token" : "σ(βh)",
                // At IPO's goal βh is ½, whatever β.
                guides: ipo.isEmpty
                    ? []
                    : [.init(value: 1 / (1 + exp(-0.5)), color: nil, label: "IPO's goal: σ(½)")],
                \.preference
            ),
            plot(
                "The rejected answer's last token",
                notebook ? "its probability, as the notebook reads it" : "its probability",
                scale: .logarithmic(floor: 1e-30),
                \.lastRejectedProbability
            ),
            LinePlot(
                title: "The whole answers: chosen (solid), rejected (dashed)",
                xLabel: Self.updates,
                yLabel: "log-probability in nats",
                series: curves.enumerated().flatMap { index, curve in
                    [
                        series(curve, index, \.chosenLogProbability),
                        series(curve, index, isDashed: true, \.rejectedLogProbability),
                    ]
                }
            ),
        ]
        if notebook {
            plots.append(plot("True margin h of the answers", "true h in nats", \.trueMargin))
        }
        return plots
    }

    private static let updates = "updates"

    private func plot(
        _ title: String,
        _ label: String,
        scale: LinePlot.Scale = .linear,
        guides: [LinePlot.Guide] = [],
        _ value: (OverfittingPoint) -> Double
    ) -> LinePlot {
        LinePlot(
            title: title,
            xLabel: Self.updates,
            yLabel: label,
            scale: scale,
            series: curves.enumerated().map { series($1, $0, value) },
            guides: guides
        )
    }

    private func series(
        _ curve: OverfittingCurve,
        _ color: Int,
        isDashed: Bool = false,
        _ value: (OverfittingPoint) -> Double
    ) -> LinePlot.Series {
        let stride = max(1, curve.points.count / Self.mostPoints)
        let points = curve.points.enumerated()
            .filter { $0.offset.isMultiple(of: stride) || $0.offset == curve.points.count - 1 }
            .map { (x: Double($0.element.step), y: value($0.element)) }
        return LinePlot.Series(
            name: curve.title,
            color: color,
            isDashed: isDashed,
            points: points
        )
    }
}
