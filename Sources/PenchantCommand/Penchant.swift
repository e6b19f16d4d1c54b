import ArgumentParser
import Files
import Foundation
import PreferenceOptimization

/// The command `penchant`.
@main
struct Penchant: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "penchant",
        abstract: "Trains language models on preferences.",
        version: version,
        subcommands: [DPO.self, Score.self, Tokenize.self, Render.self, Doctor.self]
    )

    static let version = "0.1.0"

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(with: error)
        }
    }

    /// Prints what went wrong as one line and exits with a status that says whose fault it was.
    private static func end(with error: any Error) -> Never {
        switch error {
        case is any InputError: fail(error, EX_DATAERR)
        case is SettingError: fail(error, EX_USAGE)
        // Help, version and errors of the command line, which have exit codes of their own.
        case is ExitCode, is ValidationError, is CleanExit: exit(withError: error)
        default:
            if exitCode(for: error) == .failure { fail(error, EX_SOFTWARE) }
            exit(withError: error)
        }
    }

    private static func fail(_ error: any Error, _ status: Int32) -> Never {
        Console.error("penchant: error: \(error)")
        Foundation.exit(status)
    }
}
