import Foundation

/// Runs an example: an error ends the program with a line that says what is wrong.
package func runExample(_ body: () throws -> Void) {
    do {
        try body()
    } catch {
        FileHandle.standardError.write(Data("error: \(error)\n".utf8))
        exit(EX_DATAERR)
    }
}

extension Double {
    /// The number with so many digits behind the point, in so many columns.
    package func text(digits: Int, width: Int = 0) -> String {
        let text = String(format: "%.\(digits)f", self)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension String {
    /// The text with blanks behind it, in so many columns.
    package func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
