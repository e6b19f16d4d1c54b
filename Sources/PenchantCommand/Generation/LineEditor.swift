import Foundation

/// Reads lines from a terminal that can be edited, with those before at hand; or plain lines where
/// standard input is no terminal.
final class LineEditor {
    /// What a person did.
    enum Input {
        case line(String)
        /// Control-C.
        case interrupt
        /// Control-D in an empty line, or the end of standard input.
        case end
    }

    private let isTerminal: Bool
    private let width: () -> Int
    private var history: [String] = []
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - isTerminal: whether standard input and error are a terminal.
    ///   - width: its width in columns.
    init(isTerminal: Bool, width: @escaping () -> Int) {
        self.isTerminal = isTerminal
        self.width = width
    }

    /// Reads a line.
    ///
    /// - Parameter prompt: what stands before it on a terminal.
    func read(_ prompt: String) -> Input {
        var saved = termios()
        guard isTerminal, tcgetattr(STDIN_FILENO, &saved) == 0 else {
            return readLine().map { .line($0) } ?? .end
        }
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        raw.c_iflag &= ~tcflag_t(ICRNL | IXON)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        defer {
            tcsetattr(STDIN_FILENO, TCSADRAIN, &saved)
            Console.status("")
        }
        return edit(prompt)
    }

    private func edit(_ prompt: String) -> Input {
        var line: [Character] = []
        var cursor = 0
        var place = history.count
        // What was being written when an earlier line was called up.
        var draft = line
        func recall(_ next: Int) {
            guard (0...history.count).contains(next) else { return }
            if place == history.count { draft = line }
            place = next
            line = place == history.count ? draft : Array(history[place])
            cursor = line.count
        }
        while true {
            show(prompt, line, cursor)
            switch nextKey() {
            case .text(let text):
                let before = String(line[..<cursor])
                line = Array(before + text + String(line[cursor...]))
                // A mark that combines makes no character of its own.
                cursor = (before + text).count
            case .left: cursor = max(0, cursor - 1)
            case .right: cursor = min(line.count, cursor + 1)
            case .home: cursor = 0
            case .end: cursor = line.count
            case .up: recall(place - 1)
            case .down: recall(place + 1)
            case .backspace where cursor > 0:
                cursor -= 1
                line.remove(at: cursor)
            case .delete where cursor < line.count: line.remove(at: cursor)
            case .cut: line.removeSubrange(cursor...)
            case .interrupt: return .interrupt
            case .endOfInput where line.isEmpty, .closed: return .end
            case .enter:
                let text = String(line)
                if !text.isEmpty, text != history.last { history.append(text) }
                return .line(text)
            case .backspace, .delete, .endOfInput, .unknown: break
            }
        }
    }

    /// Draws the line anew, as much of it as fits around the cursor.
    private func show(_ prompt: String, _ line: [Character], _ cursor: Int) {
        let room = max(8, width() - TextWidth.of(prompt) - 1)
        var start = 0
        while TextWidth.of(String(line[start..<cursor])) >= room { start += 1 }
        var end = cursor
        while end < line.count, TextWidth.of(String(line[start...end])) < room { end += 1 }
        let shown = Console.visible(String(line[start..<end]))
        let column = TextWidth.of(prompt + Console.visible(String(line[start..<cursor])))
        Console.status(text: "\r\(prompt)\(shown)\u{1B}[K\r\u{1B}[\(column)C")
    }

    private enum Key {
        case text(String)
        case left, right, home, end, up, down, backspace, delete, cut, enter
        case interrupt, endOfInput, closed, unknown
    }

    private func nextKey() -> Key {
        guard let byte = nextByte() else { return .closed }
        switch byte {
        case 0x01: return .home
        case 0x02: return .left
        case 0x03: return .interrupt
        case 0x04: return .endOfInput
        case 0x05: return .end
        case 0x06: return .right
        case 0x08, 0x7F: return .backspace
        case 0x0A, 0x0D: return .enter
        case 0x0B: return .cut
        case 0x0E: return .down
        case 0x10: return .up
        case 0x1B: return escape()
        case ..<0x20: return .unknown
        default: return text(byte)
        }
    }

    /// The rest of ESC [ … or ESC O …, which end with a letter or "~".
    private func escape() -> Key {
        guard let kind = nextByte(), kind == UInt8(ascii: "[") || kind == UInt8(ascii: "O") else {
            return .unknown
        }
        var sequence = ""
        while let byte = nextByte() {
            sequence.unicodeScalars.append(Unicode.Scalar(byte))
            if (0x40...0x7E).contains(byte) { break }
        }
        switch sequence {
        case "A": return .up
        case "B": return .down
        case "C": return .right
        case "D": return .left
        case "H", "1~", "7~": return .home
        case "F", "4~", "8~": return .end
        case "3~": return .delete
        default: return .unknown
        }
    }

    /// A character of one to four bytes.
    private func text(_ first: UInt8) -> Key {
        var character = [first]
        let length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        while character.count < length, let byte = nextByte() { character.append(byte) }
        return String(validating: character, as: UTF8.self).map { .text($0) } ?? .unknown
    }

    private func nextByte() -> UInt8? {
        if bytes.isEmpty {
            var buffer = [UInt8](repeating: 0, count: 256)
            var count = -1
            repeat {
                count = Foundation.read(STDIN_FILENO, &buffer, buffer.count)
            } while count < 0 && errno == EINTR
            guard count > 0 else { return nil }
            bytes = Array(buffer[..<count])
        }
        return bytes.removeFirst()
    }
}
