/// Template source as the lexer reads it, and the places of lines in it.
struct SourceText: Sendable {
    /// Code points with every line end as one newline, less one newline at the very end.
    let scalars: [Unicode.Scalar]
    private let lineStarts: [Int]

    init(_ source: String) {
        var scalars: [Unicode.Scalar] = []
        var lineStarts = [0]
        var afterReturn = false
        for scalar in source.unicodeScalars {
            defer { afterReturn = scalar == "\r" }
            if scalar == "\n", afterReturn { continue }
            scalars.append(scalar == "\r" ? "\n" : scalar)
            if scalars.last == "\n" { lineStarts.append(scalars.count) }
        }
        if scalars.last == "\n" { scalars.removeLast() }
        self.scalars = scalars
        self.lineStarts = lineStarts
    }

    /// Line and column, both from 1, of an offset in the code points.
    func place(of offset: Int) -> (line: Int, column: Int) {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return (low + 1, offset - lineStarts[low] + 1)
    }
}
