import ArgumentParser
import Foundation
import Objectives
import RunReports

/// `penchant objectives`.
struct ObjectivesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "objectives",
        abstract: "List the objectives that training can have, or explain one.",
        discussion: """
            Symbols: a and d are the log-ratios log π/π_ref of the chosen and of the rejected \
            answer, h = a − d their margin, r the log-ratio of any answer; ε is \
            --label-smoothing, and other Greek letters are flags of their names.
            """
    )

    @Argument(help: "An objective to explain.")
    var name: String?

    func run() throws {
        if let name {
            // Refuses a name that there is none of, with the list.
            let objectives = try ObjectiveSelection([name]).terms.map(\.objective)
            for objective in objectives { try explain(objective) }
        } else {
            try list()
        }
    }

    private func list() throws {
        let width = Objective.all.map(\.name.count).max() ?? 0
        func output(_ title: String, _ belongs: (Objective) -> Bool) throws {
            try Console.output(title)
            for objective in Objective.all.filter(belongs) {
                try Console.output(
                    "  \(Self.padded(objective.name, width))  \(objective.summary)"
                )
            }
        }
        try output("pairs, with a reference") { $0.kind == .pairs && $0.needsReference }
        try output("pairs, without a reference") { $0.kind == .pairs && !$0.needsReference }
        try output("labelled answers") { $0.kind == .labelled }
        try output("rankings (pairs too)") { $0.kind == .rankings }
        try Console.output("`penchant objectives NAME` explains one; --loss takes several: A,B")
    }

    private func explain(_ objective: Objective) throws {
        try Console.output("\(objective.name): \(objective.summary)")
        try line("loss", objective.formula)
        try line(
            "data",
            objective.kind.rawValue + (objective.needsReference ? ", with a reference" : "")
                + (objective.couplesPairs ? "; all of a step together" : "")
        )
        for parameter in objective.parameters {
            let value = String(format: "%g", parameter.defaultValue)
            try line(
                "parameter",
                "--\(parameter.name.rawValue): \(parameter.range) (default \(value))"
            )
        }
        let flags = objective.modifierFlags.map { "--\($0)" }
        if !flags.isEmpty { try line("changed by", flags.joined(separator: ", ")) }
        try line("from", objective.source)
        for name in objective.otherNames { try line("elsewhere", name) }
        try line("use", objective.advice)
        if objective.kind == .labelled {
            for isWanted in objective.takesUnwanted ? [true, false] : [true] {
                try plot(
                    objective,
                    "\(isWanted ? "a wanted" : "an unwanted") answer against its log-ratio",
                    isWanted: isWanted
                )
            }
        } else {
            try plot(objective, "a pair against its margin", isWanted: true)
        }
    }

    /// Draws the loss and its slope.
    private func plot(_ objective: Objective, _ subject: String, isWanted: Bool) throws {
        let style = TextPlot.Style(environment: ProcessInfo.processInfo.environment)
        let plot = TextPlot(rows: 6, style: style)
        let curve = objective.curve(count: plot.valueCount, isWanted: isWanted)
        guard let first = curve.first, let last = curve.last else { return }
        let ends = "from \(first.margin.short) to \(last.margin.short) nats, one token each"
        try Console.output("")
        try Console.output("loss of \(subject), \(ends)")
        for line in plot.lines(curve.map(\.loss)) { try Console.output(line) }
        try Console.output("its slope")
        for line in plot.lines(curve.map(\.slope)) { try Console.output(line) }
    }

    private func line(_ title: String, _ text: String) throws {
        try Console.output("  \(Self.padded(title, 10))  \(text)")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
