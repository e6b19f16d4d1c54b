import Foundation
import TestSupport
import Testing

/// What a run of the command left behind.
struct CommandResult {
    /// The exit status; where a signal ended it, 128 and the signal's number.
    var status: Int32
    var output: String
    var errors: String

    var outputLines: [Substring] { output.split(separator: "\n") }
    var errorLines: [Substring] { errors.split(separator: "\n") }
}

/// Runs the built `penchant` as a user would.
enum CommandRunner {
    /// Thrown where the command takes too long.
    struct TimeLimitExceeded: Error {
        var arguments: [String]
    }

    /// The program, which is built beside the tests.
    static let executable: URL = {
        // On macOS tests are a bundle that some other program loads, elsewhere a program.
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        let tests = bundle?.bundleURL ?? Bundle.main.executableURL ?? Bundle.main.bundleURL
        return tests.deletingLastPathComponent().appending(path: "penchant")
    }()

    /// - Parameters:
    ///   - program: what is run; by default the built `penchant`.
    ///   - environment: added to this process's own.
    ///   - input: what standard input holds.
    ///   - redirection: put behind the command by a shell, such as `1>&-`.
    ///   - folder: where it runs; where the tests run, if nil.
    ///   - output: takes standard output instead of the result.
    ///   - whileRunning: asked every few milliseconds with the process.
    static func run(
        _ arguments: [String],
        program: URL = executable,
        environment: [String: String] = [:],
        input: String = "",
        redirection: String? = nil,
        folder: URL? = nil,
        output: FileHandle? = nil,
        timeLimit: Duration = .seconds(300),
        whileRunning: (Int32) -> Void = { _ in }
    ) async throws -> CommandResult {
        // Files rather than pipes: nothing has to read them while the command runs.
        let streams = try TemporaryFolder()
        let outputFile = try streams.write("output", "")
        let errorFile = try streams.write("errors", "")
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        if let redirection {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments =
                ["-c", "exec \"$0\" \"$@\" \(redirection)", program.path] + arguments
        }
        if let folder { process.currentDirectoryURL = folder }
        process.environment = ProcessInfo.processInfo.environment
            // Nothing is kept in the home of whoever runs the tests.
            .merging(["OMP_NUM_THREADS": "1", "PENCHANT_CACHE": streams.url.path]) { $1 }
            .merging(environment) { $1 }
        // Closed by hand: Foundation keeps them open, and starting a process reads past the end of a
        // long enough list of open files.
        let handles = try [
            FileHandle(forReadingFrom: streams.write("input", input)),
            FileHandle(forWritingTo: outputFile), FileHandle(forWritingTo: errorFile),
        ]
        defer { for handle in handles { try? handle.close() } }
        process.standardInput = handles[0]
        process.standardOutput = output ?? handles[1]
        process.standardError = handles[2]

        await Turnstile.shared.enter()
        do {
            try await waitForEnd(of: process, timeLimit, whileRunning)
        } catch {
            await Turnstile.shared.leave()
            throw error
        }
        await Turnstile.shared.leave()
        let signalBase: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
        return CommandResult(
            status: signalBase + process.terminationStatus,
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self)
        )
    }

    private static func waitForEnd(
        of process: Process,
        _ timeLimit: Duration,
        _ whileRunning: (Int32) -> Void
    ) async throws {
        let end = ContinuousClock.now + timeLimit
        try process.run()
        while process.isRunning {
            try await Task.sleep(for: .milliseconds(10))
            whileRunning(process.processIdentifier)
            guard ContinuousClock.now > end else { continue }
            kill(process.processIdentifier, SIGKILL)
            throw TimeLimitExceeded(arguments: process.arguments ?? [])
        }
    }
}

/// Lets a few commands run at a time: each loads libtorch, and tests all begin at once.
private actor Turnstile {
    static let shared = Turnstile()

    private var free = 2
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// Checks that a command refused with one line that says why, and gave no result.
func expectRefusal(
    _ result: CommandResult,
    status: Int32,
    saying words: [String],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output == "", sourceLocation: sourceLocation)
    let complaints = result.errorLines.filter { $0.hasPrefix("penchant: error: ") }
    #expect(complaints.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    for word in words {
        #expect(
            complaints.contains { $0.contains(word) },
            "\(word) is not in \(result.errors)",
            sourceLocation: sourceLocation
        )
    }
}
