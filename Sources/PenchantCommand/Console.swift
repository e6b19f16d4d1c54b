import Files
import Foundation

/// What a person reads: results on standard output, what goes on meanwhile on standard error.
enum Console {
    /// Readies the standard streams, before anything is opened.
    static func prepare() {
        // Who reads may go away, as `head` does: that must not end a run.
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow (`ulimit -f`) is an error to be told, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        // libtorch keeps what it prepared for each of the last 1024 shapes of a product. In bfloat16,
        // with another number of rows in every micro-batch, that grows by tens of megabytes a step;
        // these are enough for the shapes of one micro-batch.
        for name in ["LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY"] {
            setenv(name, "32", 0)
        }
        // A stream that is closed is opened to nowhere. Otherwise the next file to be opened, such
        // as the metrics, would get its number, and what is printed would land in that file.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// A line of the result.
    ///
    /// - Throws: `FileError` where it cannot be written, but not where nobody reads it any more.
    static func output(_ line: String) throws { try output(text: line + "\n") }

    /// Text of the result, as it is.
    static func output(text: String) throws {
        let code = write(text, to: STDOUT_FILENO)
        guard code == 0 || code == EPIPE else {
            throw FileError("write", "standard output", reason: String(cString: strerror(code)))
        }
    }

    /// A line about what goes on.
    static func status(_ line: String) { status(text: line + "\n") }

    /// Text about what goes on, as it is; where it cannot be written, work goes on without it.
    static func status(text: String) { _ = write(text, to: STDERR_FILENO) }

    /// What went wrong, as one line.
    static func error(_ message: String) { status("penchant: error: " + oneLine(message)) }

    /// A message as one line of bounded length.
    ///
    /// Messages quote files, which may hold newlines and whatever else moves a terminal's cursor.
    static func oneLine(_ message: String) -> String {
        let limit = 4000
        var line = ""
        for scalar in message.unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                line += scalar.escaped(asASCII: true)
            default:
                line.unicodeScalars.append(scalar)
            }
        }
        return message.unicodeScalars.count > limit ? line + "…" : line
    }

    /// A text without what moves a terminal's cursor, but for line breaks and tabulators.
    static func visible(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control, scalar != "\n", scalar != "\t" {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Writes all of a text.
    ///
    /// - Returns: 0, or the system's number for what went wrong.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            FileError.writeAll(UnsafeRawBufferPointer(bytes), to: descriptor) ? 0 : errno
        }
    }
}
