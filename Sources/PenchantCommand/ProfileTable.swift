import Foundation
import PreferenceData
import Torch

/// Where the time of training went, as `--profile` prints it.
struct ProfileTable {
    private let profile: OperationProfile
    private let seconds: Double
    private let stepCount: Int

    /// - Parameters:
    ///   - seconds: how long the steps took that the profile is of, with evaluations and
    ///     checkpoints between them.
    ///   - stepCount: how many they are.
    init(_ profile: OperationProfile, seconds: Double, stepCount: Int) {
        (self.profile, self.seconds, self.stepCount) = (profile, seconds, stepCount)
    }

    /// What operations do.
    private enum Kind: String, CaseIterable {
        case products = "matrix products"
        case attention
        case passes = "norms, rotary, activations"
        case others = "other passes and copies"
        case recomputation = "computed again"
        case head
        case reference
        case optimizer

        init(_ entry: OperationProfile.Entry) {
            switch entry.section {
            case .head: self = .head
            case .recomputation: self = .recomputation
            case .reference: self = .reference
            case .optimizer: self = .optimizer
            case .layers:
                let name = entry.operation.split(separator: ":").last ?? ""
                self =
                    switch true {
                    case ["mm", "addmm", "addmm_", "bmm", "linear", "matmul"].contains(name):
                        .products
                    case name.contains("attention"): .attention
                    case entry.operation.hasPrefix("penchant::"): .passes
                    default: .others
                    }
            }
        }
    }

    /// One line per kind, and what is left of the steps' time.
    var lines: [String] {
        guard stepCount > 0, seconds > 0 else { return ["profile: no step after the first"] }
        let kinds = Dictionary(grouping: profile.entries, by: Kind.init)
        var rest = seconds
        var lines = [
            "",
            "time of \(stepCount.counted("step")) after the first, "
                + "\(Self.number(seconds / Double(stepCount))) s each",
        ]
        for kind in Kind.allCases {
            guard let entries = kinds[kind] else { continue }
            let time = entries.reduce(0) { $0 + $1.seconds }
            rest -= time
            lines.append(line(kind.rawValue, time, calls: entries.reduce(0) { $0 + $1.callCount }))
        }
        lines.append(line("outside libtorch's kernels", rest))
        lines.append("tensors of a step: \(profile.peakByteCount / 1_000_000) MB at most")
        return lines
    }

    private func line(_ name: String, _ time: Double, calls: Int? = nil) -> String {
        let columns = [
            name.padding(toLength: 28, withPad: " ", startingAt: 0),
            Self.padded("\(Self.number(time / Double(stepCount))) s", 10),
            Self.padded(String(format: "%.1f %%", 100 * time / seconds), 9),
            calls.map { Self.padded("\($0 / stepCount) calls", 14) } ?? "",
        ]
        return columns.joined()
    }

    private static func number(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
