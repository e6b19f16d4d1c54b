import ArgumentParser
import Foundation

/// `penchant config`.
struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print a file with all settings of a training command.",
        discussion: """
            The file has every setting with what it means and what it is by default; null stands \
            for what is not given. `penchant dpo --config FILE` reads it.
            """
    )

    @Argument(help: "The command whose settings are printed.")
    var command = "dpo"

    @Option(
        name: .customLong("from-trl"),
        help: ArgumentHelp(
            "Take the values from a file of TRL's, as `trl dpo --config` or sft reads it.",
            valueName: "file"
        )
    )
    var fromTRL: String?

    func run() throws {
        let commands = Penchant.configuration.subcommands.compactMap {
            $0 as? any ConfigurableCommand.Type
        }
        guard let type = commands.first(where: { $0.configuration.commandName == command }) else {
            throw ValidationError(
                "'\(command)' has no file of settings; there are those of "
                    + commands.compactMap { $0.configuration.commandName }.joined(separator: ", ")
            )
        }
        let configured = type.configured([])
        let settings = try CommandSettings(configured)
        let given =
            try fromTRL.map { try ConfigurationFlag.fromTRL.settings($0, of: configured) }
            ?? GivenSettings()
        let name = configured.configuration.commandName ?? command
        try Console.output(
            text: ConfigurationText(
                command: settings,
                heading: [
                    "Settings of `penchant \(name) --config FILE`.",
                    "Flags on the command line go before them; null stands for what is not given.",
                    "Paths are meant from the folder in which the command runs.",
                    settings.callFlags.map { "--\($0)" }.joined(separator: ", ")
                        + " say what one call does, and are flags alone.",
                ],
                values: { given[$0.name]?.values }
            ).text
        )
    }
}
