/// To which experts each row goes.
struct ExpertChoices {
    /// How many experts there are.
    let expertCount: Int
    /// How many experts a row goes to.
    let count: Int
    /// `[rows · count]`: the experts of each row, the most probable first.
    private(set) var experts: [Int] = []

    /// Chooses the most probable experts of each row; of equals, the first.
    ///
    /// - Parameters:
    ///   - probabilities: `[rows · experts]`.
    ///   - count: at most as many as there are experts.
    init(_ probabilities: [Float], expertCount: Int, count: Int) {
        self.expertCount = expertCount
        self.count = count
        experts.reserveCapacity(probabilities.count / expertCount * count)
        var best: [(probability: Float, expert: Int)] = []
        for start in stride(from: 0, to: probabilities.count, by: expertCount) {
            best.removeAll(keepingCapacity: true)
            for expert in 0..<expertCount {
                let probability = probabilities[start + expert]
                if best.count == count {
                    guard probability > best[count - 1].probability else { continue }
                    best.removeLast()
                }
                var place = best.count
                while place > 0, probability > best[place - 1].probability { place -= 1 }
                best.insert((probability, expert), at: place)
            }
            for choice in best { experts.append(choice.expert) }
        }
    }

    /// The experts of a row.
    subscript(row: Int) -> ArraySlice<Int> { experts[row * count..<(row + 1) * count] }

    /// Per expert the places in `experts` that name it, in order: place / count is the row.
    var places: [[Int32]] {
        var places = [[Int32]](repeating: [], count: expertCount)
        for (place, expert) in experts.enumerated() { places[expert].append(Int32(place)) }
        return places
    }
}
