import Foundation
import PreferenceData
import RunReports

/// What a person sees while data are prepared, where that takes longer than a moment.
final class PreparationLine {
    private let isTerminal = Terminal.isLive(.standardError)
    private var isOpen = false
    private var nextTime = 1.0

    func update(_ progress: PreparationProgress) {
        guard progress.seconds >= nextTime else { return }
        nextTime = progress.seconds + (isTerminal ? 0.2 : 10)
        var text = "preparing data: \(progress.rows.counted("row"))"
        if let share = progress.share { text += "  \(Int(100 * share)) %" }
        if let left = progress.secondsLeft { text += "  \(NumberFormat.duration(left)) left" }
        if isTerminal {
            let line = text.prefix(max(0, Terminal.width(.standardError) - 1))
            Console.status(text: "\r\(line)\u{1B}[K")
            isOpen = true
        } else {
            Console.status(text)
        }
    }

    /// Takes the line away.
    func finish() {
        if isOpen { Console.status(text: "\r\u{1B}[K") }
        isOpen = false
    }
}
