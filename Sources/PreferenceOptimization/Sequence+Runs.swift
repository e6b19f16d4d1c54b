extension Sequence {
    /// Goes through the elements in runs of neighbours that are computed together.
    ///
    /// - Parameters:
    ///   - limit: the most rows of a run; an element that has more is a run of its own.
    ///   - rows: how many rows an element has.
    func forEachRun(
        limit: Int,
        rows: (Element) -> Int,
        body: ([Element]) throws -> Void
    ) rethrows {
        var run: [Element] = []
        var count = 0
        for element in self {
            let own = rows(element)
            if !run.isEmpty, count + own > limit {
                try body(run)
                run.removeAll()
                count = 0
            }
            run.append(element)
            count += own
        }
        if !run.isEmpty { try body(run) }
    }
}
