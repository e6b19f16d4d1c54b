import ArgumentParser
import Files

/// The flags that say what a run tells of itself.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print nothing but errors and, at the end, the result.")
    var quiet = false

    @Flag(
        help: """
            Print every step, every evaluation and the result as JSON lines on standard output, in \
            place of the progress line.
            """
    )
    var json = false

    @Flag(inversion: .prefixedNo, help: "Write OUTPUT/tensorboard/, which TensorBoard reads.")
    var tensorboard = true

    @Option(
        help: ArgumentHelp(
            "Warn of a loss that is so many times the mean of the 50 steps before it.",
            valueName: "factor"
        )
    )
    var spikeFactor = 5.0

    @Flag(help: "Say at the end where the time of the steps after the first went.")
    var profile = false

    /// Checks the settings, before anything is loaded.
    ///
    /// - Throws: `SettingError`.
    func check() throws {
        guard spikeFactor > 1 else {
            throw SettingError("spike-factor", found: "\(spikeFactor)", allowed: "above 1")
        }
    }
}
