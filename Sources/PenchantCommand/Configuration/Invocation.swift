import ArgumentParser
import Foundation

/// A command whose settings may also come from a file, and are kept with what it makes.
protocol ConfigurableCommand: ParsableCommand {
    /// The command whose settings the file has; those that are not this command's are left aside.
    ///
    /// - Parameter words: what of the command line is no flag.
    static func configured(_ words: [String]) -> any ConfigurableCommand.Type

    /// Runs with what was given, which the properties hold too.
    func run(_ given: GivenSettings) throws
}

extension ConfigurableCommand {
    static func configured(_ words: [String]) -> any ConfigurableCommand.Type { self }
}

/// Where settings come from, apart from their own flags.
struct ConfigurationOptions: ParsableArguments {
    // Read from the command line before it is parsed: see `Invocation`.
    @Option(
        help: ArgumentHelp(
            """
            Settings in YAML, under the names of these flags; flags on the command line go first. \
            `penchant config` prints such a file, and every run keeps its own. Paths are meant \
            from the current folder.
            """,
            valueName: "file"
        )
    )
    var config: String?

    @Option(
        name: .customLong("from-trl"),
        help: ArgumentHelp(
            "The same, of TRL: a file as `trl dpo --config` or `trl sft --config` takes it.",
            valueName: "file"
        )
    )
    var fromTRL: String?
}

/// A command line together with the file of settings that it names.
struct Invocation {
    /// What files and command line say, the latter where both do.
    private(set) var given = GivenSettings()
    /// What the parser reads: the file's settings first, as flags.
    private(set) var arguments: [String]

    /// Reads the file that a command line names.
    ///
    /// - Parameter arguments: without the program's name.
    init(_ arguments: [String]) throws {
        self.arguments = arguments
        guard let name = arguments.first,
            let command = Penchant.configuration.subcommands.first(where: {
                $0.configuration.commandName == name
            }) as? any ConfigurableCommand.Type
        else { return }
        let known = try CommandSettings(command)
        let line = CommandLineSettings(arguments.dropFirst(), of: known)
        let file = try line.file(for: command)
        for entry in file.entries where line.given[entry.name] == nil && known[entry.name] != nil {
            given.set(entry)
        }
        self.arguments = [name] + known.arguments(given) + arguments.dropFirst()
        for entry in line.given.entries { given.set(entry) }
    }
}

/// What a command line itself gives, told by the names of flags; the parser checks it later.
private struct CommandLineSettings {
    private(set) var given = GivenSettings()
    private var words: [String] = []
    private var files: [(flag: String, path: String)] = []

    init(_ arguments: ArraySlice<String>, of command: CommandSettings) {
        var rest = arguments
        while let argument = rest.popFirst(), argument != "--" {
            guard argument.hasPrefix("--") else {
                words.append(argument)
                continue
            }
            let parts = argument.dropFirst(2).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(parts[0])
            let setting = command[name]
            if let inverted = command.inverted(by: name) {
                given.set(.init(name: inverted.name, values: ["false"], place: nil))
            } else if setting?.isSwitch == true {
                given.set(.init(name: name, values: ["true"], place: nil))
            } else if setting != nil || ConfigurationFlag.allCases.map(\.rawValue).contains(name) {
                guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                    return
                }
                guard let setting else {
                    files.append((name, value))
                    continue
                }
                let before = setting.isRepeating ? given[name]?.values ?? [] : []
                given.set(.init(name: name, values: before + [value], place: nil))
            }
        }
    }

    /// The settings of the file that is named.
    func file(for command: any ConfigurableCommand.Type) throws -> GivenSettings {
        guard let (flag, path) = files.last else { return GivenSettings() }
        guard files.count == 1 else {
            throw ValidationError("--config and --from-trl name one file together, not several")
        }
        return try ConfigurationFlag(rawValue: flag)?.settings(path, of: command.configured(words))
            ?? GivenSettings()
    }
}

/// The flags that name a file of settings.
enum ConfigurationFlag: String, CaseIterable {
    case config
    case fromTRL = "from-trl"

    /// What a file gives for a command's settings.
    func settings(_ path: String, of command: any ConfigurableCommand.Type) throws -> GivenSettings
    {
        let file = try ConfigurationFile(fileArgument(path))
        switch self {
        case .config: return try file.settings(of: CommandSettings(command))
        case .fromTRL:
            let translation = try TRLTranslation(file, for: command == SFT.self ? .sft : .dpo)
            for notice in translation.notices { Console.status(Console.oneLine(notice)) }
            return translation.given
        }
    }
}
