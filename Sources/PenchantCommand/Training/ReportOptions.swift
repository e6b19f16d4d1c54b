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

    @Flag(help: "Leave out OUTPUT/tensorboard/, which TensorBoard reads.")
    var noTensorboard = false

    @Flag(help: "Say at the end where the time of the steps after the first went.")
    var profile = false
}
