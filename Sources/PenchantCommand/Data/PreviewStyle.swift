import PreferenceData

/// Makes lines of a row's preview: with colours, or with brackets around what is scored.
struct PreviewStyle {
    let isColored: Bool
    let showsIDs: Bool

    /// Escape sequences (ECMA-48) of the colours.
    private enum Ink: String {
        case heading = "1"
        case scored = "32"
        case scoredSpecial = "1;32"
        case special = "35"
        case faint = "2"
        case warning = "33"
    }

    private func ink(_ ink: Ink?, _ text: String) -> String {
        guard isColored, let ink else { return text }
        return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
    }

    /// What the signs mean.
    var legend: String {
        let scored = isColored ? ink(.scored, "scored") : "⟦scored⟧"
        let special = isColored ? ", \(ink(.special, "special"))" : ""
        let id = showsIDs ? ", ⟨id⟩" : ""
        return "\(scored)\(special), │ between tokens, ‖ end of the prompt, · space, ␊ newline\(id)"
    }

    /// A row that cannot be used.
    func bad(_ message: String) -> String { ink(.warning, "✗ \(message)") }

    /// A row.
    func lines(_ preview: RowPreview) -> [String] {
        var lines = ["", ink(.heading, Console.oneLine("\(preview.source)"))]
        lines.append("  " + preview.facts.joined(separator: ", "))
        lines += preview.warnings.map { ink(.warning, "  ! \($0)") }
        for section in preview.sections {
            lines.append(
                ink(.heading, "  \(section.title)") + ", "
                    + section.tokenCount.counted("token")
            )
            lines += text(section.pieces).map { "    " + $0 }
        }
        return lines
    }

    /// The pieces in lines of their own text.
    private func text(_ pieces: [RowPreview.Piece]) -> [String] {
        var lines: [String] = []
        var line = ""
        for (index, piece) in pieces.enumerated() {
            let before = index > 0 ? pieces[index - 1] : nil
            let next = index + 1 < pieces.count ? pieces[index + 1] : nil
            if piece.beginsAnswer {
                line += ink(.faint, "‖")
            } else if !line.isEmpty {
                line += ink(.faint, "│")
            }
            if piece.isScored, before?.isScored != true, !isColored { line += "⟦" }
            line += ink(colour(piece), piece.text)
            if showsIDs {
                let ids = piece.ids.map { "\($0)" }.joined(separator: ",")
                line += ink(.faint, "⟨\(ids)⟩")
            }
            if piece.isScored, next?.isScored != true, !isColored { line += "⟧" }
            if piece.endsLine, next?.isNewline != true {
                lines.append(line)
                line = ""
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private func colour(_ piece: RowPreview.Piece) -> Ink? {
        switch (piece.isScored, piece.isSpecial) {
        case (true, true): .scoredSpecial
        case (true, false): .scored
        case (false, true): .special
        case (false, false): nil
        }
    }
}
