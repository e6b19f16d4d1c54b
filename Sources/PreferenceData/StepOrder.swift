/// Which rows each step of each epoch takes.
///
/// The order is drawn anew in each epoch: over rows, and then every step takes the next so many; or
/// over prompts, and then a step takes the next whole prompts as long as they fit. A prompt with more
/// rows than a step has is cut, and what is left of it begins the next step. So prompts of different
/// sizes may make more steps in one epoch than in another.
package struct StepOrder: Sendable {
    private let rowCount: Int
    private let stepSize: Int
    private let seed: UInt64?
    private let prompts: RowsByPrompt?

    /// - Parameters:
    ///   - rowCount: how many rows there are, at least 1.
    ///   - stepSize: how many of them a step takes, at least 1.
    ///   - seed: what the order is drawn with; nil for that of the data in each epoch.
    ///   - prompts: the rows' prompts where a step takes whole ones.
    package init(rowCount: Int, stepSize: Int, seed: UInt64?, prompts: RowsByPrompt? = nil) {
        precondition(rowCount > 0 && stepSize > 0, "a step has at least one row")
        self.rowCount = rowCount
        self.stepSize = stepSize
        self.seed = seed
        self.prompts = prompts
    }

    /// The rows of each step of an epoch: parts, in order, of one list of all rows.
    ///
    /// - Parameter epoch: the epoch, from 0.
    package func steps(epoch: Int) -> [ArraySlice<Int>] {
        let count = prompts?.count ?? rowCount
        let order =
            seed.map { EpochOrder(count: count, seed: $0).indices(epoch: epoch) }
            ?? Array(0..<count)
        guard let prompts else {
            return stride(from: 0, to: count, by: stepSize).map { order[$0...].prefix(stepSize) }
        }
        var rows: [Int] = []
        rows.reserveCapacity(rowCount)
        var steps: [Range<Int>] = []
        var start = 0
        for prompt in order {
            let own = prompts[prompt]
            if start < rows.count, rows.count - start + own.count > stepSize {
                steps.append(start..<rows.count)
                start = rows.count
            }
            rows += own
            while rows.count - start > stepSize {
                steps.append(start..<start + stepSize)
                start += stepSize
            }
        }
        steps.append(start..<rows.count)
        return steps.map { rows[$0] }
    }

    /// How many steps the first so many epochs have.
    package func stepCount(epochs: Int) -> Int {
        guard prompts != nil, seed != nil else { return epochs * stepCount(epoch: 0) }
        return (0..<epochs).reduce(0) { $0 + stepCount(epoch: $1) }
    }

    /// The epoch that a step belongs to, and which of its steps it is; all are counted from 0.
    package func place(ofStep step: Int) -> (epoch: Int, step: Int) {
        guard prompts != nil, seed != nil else {
            let (epoch, step) = step.quotientAndRemainder(dividingBy: stepCount(epoch: 0))
            return (epoch, step)
        }
        var (epoch, rest) = (0, step)
        while case let count = stepCount(epoch: epoch), rest >= count {
            rest -= count
            epoch += 1
        }
        return (epoch, rest)
    }

    private func stepCount(epoch: Int) -> Int {
        prompts == nil ? (rowCount - 1) / stepSize + 1 : steps(epoch: epoch).count
    }
}
