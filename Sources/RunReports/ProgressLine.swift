public import Foundation

/// What a person sees while training: how far it is, how well it goes, how long it will take.
///
/// On a terminal this is one line that renews itself; elsewhere, as in a log file, a plain line
/// now and then. It writes only through the closure it is given.
public final class ProgressLine {
    /// How often a plain line is written; the first and the last step always have one.
    public enum Interval: Sendable, Equatable {
        /// At most one line in so many seconds.
        case seconds(Double)
        /// A line at every multiple of so many steps.
        case steps(Int)
    }

    /// A live line renews itself at most so often: more cannot be read.
    private static let liveInterval = 0.1

    private let total: Int
    private let isTerminal: Bool
    private let width: () -> Int
    private let interval: Interval
    private let clock: () -> Double
    private let write: (String) -> Void

    private let firstStep: Int
    private let start: Double
    private var lastShown: (step: Int, time: Double)?
    private var latest: (step: Int, values: ProgressValues)?
    private var isLineOpen = false

    /// - Parameters:
    ///   - total: steps of the whole run.
    ///   - done: steps that were done before, in a run that is resumed.
    ///   - isTerminal: whether the line may renew itself (see `Terminal.isLive(_:)`).
    ///   - width: columns of the terminal, asked for at every line, for windows change their size.
    ///   - interval: how often a plain line is written, where there is no terminal.
    ///   - clock: seconds from any point on, never going back.
    ///   - write: takes the text to show.
    public init(
        total: Int,
        done: Int = 0,
        isTerminal: Bool,
        width: @autoclosure @escaping () -> Int,
        interval: Interval = .seconds(10),
        clock: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime },
        write: @escaping (String) -> Void
    ) {
        self.total = total
        self.isTerminal = isTerminal
        self.width = width
        self.interval = interval
        self.clock = clock
        self.write = write
        firstStep = done
        start = clock()
    }

    /// Tells of a step that is done.
    ///
    /// - Parameter step: from 1 to the total.
    public func update(step: Int, _ values: ProgressValues) {
        latest = (step, values)
        let now = clock()
        if isDue(step: step, at: now) { show(step: step, values, at: now) }
    }

    /// Ends the line, after the last step or where training stops before it.
    public func finish() {
        if let latest, lastShown?.step != latest.step {
            show(step: latest.step, latest.values, at: clock())
        }
        if isLineOpen { write("\n") }
        isLineOpen = false
    }

    /// Takes the live line away, so that something else can be written; the next step renews it.
    public func clear() {
        if isLineOpen { write("\r\u{1B}[K") }
        isLineOpen = false
    }

    private func isDue(step: Int, at now: Double) -> Bool {
        guard let lastShown, step < total else { return true }
        if isTerminal { return now - lastShown.time >= Self.liveInterval }
        return switch interval {
        case .seconds(let seconds): now - lastShown.time >= seconds
        case .steps(let steps): steps < 1 || step.isMultiple(of: steps)
        }
    }

    private func show(step: Int, _ values: ProgressValues, at now: Double) {
        let fields = Self.fields(
            step: step,
            total: total,
            values: values,
            secondsLeft: secondsLeft(step: step, at: now),
            bar: isTerminal
        )
        if isTerminal {
            // The last column stays free: some terminals begin a new line once it is written.
            write("\r" + Self.joined(fields, width: width() - 1) + "\u{1B}[K")
            isLineOpen = true
        } else {
            write(Self.joined(fields, width: .max) + "\n")
        }
        lastShown = (step, now)
    }

    /// From the mean time of the steps so far.
    private func secondsLeft(step: Int, at now: Double) -> Double? {
        guard step > firstStep else { return nil }
        return (now - start) / Double(step - firstStep) * Double(max(0, total - step))
    }
}
