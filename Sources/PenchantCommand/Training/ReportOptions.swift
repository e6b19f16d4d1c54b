import ArgumentParser

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

    @Flag(inversion: .prefixedNo, help: "Write OUTPUT/tensorboard/, for TensorBoard.")
    var tensorboard = true

    @Flag(help: "Say at the end where the time of the steps after the first went.")
    var profile = false
}
