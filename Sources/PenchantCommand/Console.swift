import Foundation

/// What a person reads: results on standard output, what goes on meanwhile on standard error.
enum Console {
    static func output(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    static func status(_ line: String) { write(line + "\n") }

    static func error(_ line: String) { write(line + "\n") }

    /// Text for standard error as it is.
    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
