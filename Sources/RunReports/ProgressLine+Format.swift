extension ProgressLine {
    /// The fields of a line, the most important one first.
    ///
    /// - Parameters:
    ///   - secondsLeft: nil before anything can be said of it.
    ///   - bar: whether there is a bar behind the step.
    static func fields(
        step: Int,
        total: Int,
        values: ProgressValues,
        secondsLeft: Double?,
        bar: Bool
    ) -> [String] {
        // As wide as it will ever be, so that what follows stays in its place.
        let count = "\(total)".count
        let number = String(repeating: " ", count: max(0, count - "\(step)".count)) + "\(step)"
        var fields = ["\(number)/\(total)"]
        if bar { fields.append(progressBar(step: step, total: total, width: 20)) }
        if let loss = values.loss { fields.append("loss \(NumberFormat.fourDigits(loss))") }
        if let margin = values.margin { fields.append("margin \(NumberFormat.fourDigits(margin))") }
        if let accuracy = values.accuracy {
            fields.append("accuracy \(NumberFormat.fourDigits(accuracy))")
        }
        if let rate = values.tokensPerSecond {
            fields.append("\(NumberFormat.rate(rate)) tokens/s")
        }
        if let secondsLeft { fields.append("\(NumberFormat.duration(secondsLeft)) left") }
        return fields
    }

    /// As many of the fields as fit, two blanks between them; those on the right go first.
    ///
    /// - Parameter width: columns; of the first field as much as fits is always there.
    static func joined(_ fields: [String], width: Int) -> String {
        guard var line = fields.first else { return "" }
        guard line.count <= width else { return String(line.prefix(max(0, width))) }
        for field in fields.dropFirst() {
            guard line.count + 2 + field.count <= width else { break }
            line += "  " + field
        }
        return line
    }

    /// A bar of so many columns with its brackets: `[=====>    ]`.
    static func progressBar(step: Int, total: Int, width: Int) -> String {
        let room = max(1, width - 2)
        let share = total > 0 ? min(1, max(0, Double(step) / Double(total))) : 1
        let done = Int(share * Double(room))
        let head = done < room ? ">" : ""
        return "[" + String(repeating: "=", count: done) + head
            + String(repeating: " ", count: room - done - head.count) + "]"
    }
}
