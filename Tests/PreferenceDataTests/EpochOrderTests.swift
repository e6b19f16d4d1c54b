import PreferenceData
import Testing

@Suite struct EpochOrderTests {
    @Test("the order of a seed and an epoch is the same on every platform")
    func writtenOut() {
        // From an independent implementation of the documented algorithm in Python.
        #expect(
            EpochOrder(count: 10, seed: 42).indices(epoch: 0) == [2, 3, 6, 4, 7, 9, 0, 8, 1, 5]
        )
        #expect(
            EpochOrder(count: 10, seed: 42).indices(epoch: 1) == [8, 1, 9, 4, 3, 5, 0, 6, 7, 2]
        )
        #expect(
            EpochOrder(count: 10, seed: 43).indices(epoch: 0) == [6, 3, 4, 0, 1, 7, 5, 8, 2, 9]
        )
        #expect(EpochOrder(count: 5, seed: 0).indices(epoch: 0) == [2, 3, 0, 1, 4])
    }

    @Test("every index comes once")
    func permutation() {
        for count in [0, 1, 2, 1000] {
            let indices = EpochOrder(count: count, seed: 7).indices(epoch: 3)
            #expect(indices.sorted() == Array(0..<count))
        }
    }

    @Test("all orders are about equally likely")
    func unbiased() {
        var counts: [[Int]: Int] = [:]
        for epoch in 0..<6000 {
            counts[EpochOrder(count: 3, seed: 1).indices(epoch: epoch), default: 0] += 1
        }
        #expect(counts.count == 6)
        // 1,000 expected each, with a standard deviation of 29.
        #expect(counts.values.allSatisfy { abs($0 - 1000) < 145 })
    }
}
