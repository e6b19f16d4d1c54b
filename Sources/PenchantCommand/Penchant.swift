import ArgumentParser
import Files
import Foundation
import Objectives
import PreferenceData
import PreferenceOptimization

/// The command `penchant`.
@main
struct Penchant: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "penchant",
        abstract: "Trains language models on preferences.",
        discussion: """
            Exit status: 0 where all went well, 64 for a wrong command line, 65 for files that \
            cannot be used, 70 for anything else. Results go to standard output, progress and \
            errors to standard error.
            """,
        version: version,
        subcommands: [
            DPO.self, SFT.self, VerifyResume.self, Replay.self, Config.self, Plan.self, Score.self,
            Generate.self, Chat.self,
            ObjectivesCommand.self,
            DataCommand.self, Tokenize.self, Render.self, Convert.self, Merge.self, Init.self,
            ExperimentCommand.self, Doctor.self,
        ]
    )

    static let version = "0.1.0"

    static func main() {
        Console.prepare()
        var given = GivenSettings()
        do {
            try checkCommandName()
            let invocation = try Invocation(Array(CommandLine.arguments.dropFirst()))
            given = invocation.given
            var command = try parseAsRoot(invocation.arguments)
            if let command = command as? any ConfigurableCommand {
                try command.run(given)
            } else {
                try command.run()
            }
        } catch {
            end(with: error, given)
        }
    }

    /// Refuses a command that there is none of; the parser would not say which there are.
    private static func checkCommandName() throws {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let name = CommandLine.arguments.dropFirst().first, !name.hasPrefix("-"),
            !names.contains(name), name != "help"
        else { return }
        throw ValidationError(
            "there is no command '\(name)'; there are \(names.joined(separator: ", "))"
        )
    }

    /// Prints what went wrong as one line and exits with a status that says whose fault it was.
    ///
    /// - Parameter given: what a message may be about, so that it can name the place in a file.
    private static func end(with error: any Error, _ given: GivenSettings) -> Never {
        switch error {
        case is ConfigurationError: fail("\(error)", EX_USAGE)
        case let error as DataError: fail("\(error)", EX_DATAERR, hint: hint(error.reason))
        case is any InputError: fail("\(error)", EX_DATAERR)
        case is SettingError, is ObjectiveError: fail(given.placed("\(error)"), EX_USAGE)
        default: break
        }
        switch exitCode(for: error) {
        case .validationFailure: fail(usage: error, given)
        case .failure: fail("\(error)", EX_SOFTWARE)
        // Help, the version, and a status that a command chose after saying why itself.
        default: exit(withError: error)
        }
    }

    /// The flags that do what a message about data advises.
    private static func hint(_ reason: DataError.Reason) -> String? {
        switch reason {
        case .templateMissing: return "--chat-template names a template"
        case .generationMissing: return "--scored says what is scored"
        default: break
        }
        guard let kind = reason.kind else { return nil }
        let skip = "--on-bad-row skip leaves such rows out and counts them"
        switch kind {
        case .promptTooLong, .equalAfterTruncation: return "--max-length is the limit; \(skip)"
        case .turnNotFound, .nothingScored: return "--scored says what is scored; \(skip)"
        case .tokenOutOfRange: return "does the tokenizer belong to the model? \(skip)"
        default: return skip
        }
    }

    private static func fail(_ message: String, _ status: Int32, hint: String? = nil) -> Never {
        Console.error(message)
        if let hint { Console.status(hint) }
        Foundation.exit(status)
    }

    /// Tells of a command line that cannot be read, and where to read how it should be.
    private static func fail(usage error: any Error, _ given: GivenSettings) -> Never {
        // The parser lists allowed values below its message.
        let lines = message(for: error).split(whereSeparator: \.isNewline)
        let texts = lines.map { $0.trimmingCharacters(in: .whitespaces) }
        let hint = fullMessage(for: error).split(whereSeparator: \.isNewline).last {
            $0.contains("for more information")
        }
        fail(
            given.placed(texts.joined(separator: " ")),
            EX_USAGE,
            hint: hint?.trimmingCharacters(in: .whitespaces)
        )
    }
}
