extension Filters {
    /// Lines cut at blanks, and after hyphens inside words, as Python's `textwrap` does.
    @Sendable static func wordWrap(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws -> Value {
        let values = try arguments.bound(
            to: "wordwrap",
            ["width", "break_long_words", "wrapstring", "break_on_hyphens"]
        )
        var wrap = values[2]
        if case .some(.null) = wrap { wrap = nil }
        let separator = try wrap.map { try interpreter.text($0, "wordwrap") } ?? "\n"
        let width = try interpreter.integer(values[0], or: 79)
        guard width > 0 else { throw Failure.runtime("invalid width \(width) (must be > 0)") }
        let breaksWords = try values[1]?.isTrue() ?? true
        let breaksHyphens = try values[3]?.isTrue() ?? true
        let text = try interpreter.text(value, "wordwrap")
        try interpreter.budget.allocate(text.bytes.count, times: 32)
        try interpreter.budget.walk(text)
        var builder = TextBuilder(interpreter.budget)
        for (index, paragraph) in text.lines().enumerated() {
            if index > 0 { try builder.append(separator) }
            let chunks = chunks(of: paragraph.scalars[...], breaksHyphens: breaksHyphens)
            let lines = wrapped(
                chunks,
                width: width,
                breaksWords: breaksWords,
                breaksHyphens: breaksHyphens
            )
            for (index, line) in lines.enumerated() {
                if index > 0 { try builder.append(separator) }
                try builder.append(Text(line))
            }
        }
        return .string(try builder.text())
    }

    private typealias Chunk = ArraySlice<Unicode.Scalar>

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value)
    }

    /// Words, runs of blanks, and parts of words up to a hyphen between letters.
    private static func chunks(of source: Chunk, breaksHyphens: Bool) -> [Chunk] {
        var chunks: [Chunk] = []
        var start = source.startIndex
        func cut(at end: Int) {
            if end > start { chunks.append(source[start..<end]) }
            start = end
        }
        for index in source.indices {
            if index > start, isBlank(source[index - 1]) != isBlank(source[index]) {
                cut(at: index)
            }
            guard breaksHyphens, source[index] == "-", index - start > 1,
                index + 2 < source.endIndex
            else { continue }
            let around = [
                source[index - 2], source[index - 1], source[index + 1], source[index + 2],
            ]
            if around.allSatisfy(\.properties.isAlphabetic) { cut(at: index + 1) }
        }
        cut(at: source.endIndex)
        return chunks
    }

    private static func wrapped(
        _ chunks: [Chunk],
        width: Int,
        breaksWords: Bool,
        breaksHyphens: Bool
    ) -> [Chunk] {
        var lines: [Chunk] = []
        var rest = Array(chunks.reversed())
        while !rest.isEmpty {
            if !lines.isEmpty, rest.last?.allSatisfy(isBlank) == true { rest.removeLast() }
            var line: [Chunk] = []
            var length = 0
            while let chunk = rest.last, length + chunk.count <= width {
                length += chunk.count
                line.append(rest.removeLast())
            }
            if let long = rest.last, long.count > width {
                if breaksWords {
                    // Where no room is left this adds an empty piece, after which, as in Python, a
                    // blank at the end of the line stays.
                    var room = width - length
                    if breaksHyphens, let hyphen = long.prefix(room).lastIndex(of: "-"),
                        long[..<hyphen].contains(where: { $0 != "-" })
                    {
                        room = hyphen - long.startIndex + 1
                    }
                    line.append(long.prefix(room))
                    rest[rest.count - 1] = long.dropFirst(room)
                } else if line.isEmpty {
                    line.append(rest.removeLast())
                }
            }
            if line.last?.allSatisfy(isBlank) == true { line.removeLast() }
            if !line.isEmpty { lines.append(line.flatMap { $0 }[...]) }
        }
        return lines
    }
}
