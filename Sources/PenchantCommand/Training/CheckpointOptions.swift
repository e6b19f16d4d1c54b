import ArgumentParser
import PreferenceOptimization

/// The flags that say when checkpoints are made.
struct CheckpointOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Write a checkpoint after every so many steps.", valueName: "steps")
    )
    var checkpointEvery: Int?

    @Option(
        help: ArgumentHelp(
            "Write a checkpoint when the newest is so many seconds old.",
            valueName: "seconds"
        )
    )
    var checkpointSeconds: Double?

    @Option(help: "How many of the newest checkpoints stay; the best one stays too.")
    var keepCheckpoints = CheckpointFolder.Settings().kept

    @Flag(
        help: """
            Go on with the run in the output folder from its newest whole checkpoint, with the same \
            options. What follows is bit for bit what would have followed.
            """
    )
    var resume = false

    /// What the flags say.
    ///
    /// - Throws: `SettingError`.
    func settings() throws -> CheckpointFolder.Settings {
        let settings = CheckpointFolder.Settings(
            steps: checkpointEvery,
            seconds: checkpointSeconds,
            kept: keepCheckpoints
        )
        try settings.validate()
        return settings
    }
}
