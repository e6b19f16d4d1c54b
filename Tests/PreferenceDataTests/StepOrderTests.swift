import Testing

@testable import PreferenceData

@Suite struct StepOrderTests {
    /// Rows of the prompts A, B, C and so on; nothing for a row without a prompt.
    private static func prompts(_ letters: String) -> RowsByPrompt {
        RowsByPrompt(
            letters.unicodeScalars.map {
                $0 == "-" ? nil : ContentDigest(first: UInt64($0.value), second: 0)
            }
        )
    }

    private func rows(_ order: StepOrder, epoch: Int = 0) -> [[Int]] {
        order.steps(epoch: epoch).map(Array.init)
    }

    @Test("rows by prompt are in their order, prompts as they first come, none is one of its own")
    func rowsByPrompt() {
        let prompts = Self.prompts("BA-BB-A")
        #expect((0..<prompts.count).map { Array(prompts[$0]) } == [[0, 3, 4], [1, 6], [2], [5]])
        #expect(Self.prompts("").count == 0)
    }

    @Test("without prompts, steps are the next rows of the epoch's order")
    func withoutPrompts() {
        // The order of seed 42 as in EpochOrderTests.
        let order = StepOrder(rowCount: 10, stepSize: 4, seed: 42)
        #expect(rows(order) == [[2, 3, 6, 4], [7, 9, 0, 8], [1, 5]])
        #expect(rows(order, epoch: 1).joined().elementsEqual([8, 1, 9, 4, 3, 5, 0, 6, 7, 2]))
        #expect(order.stepCount(epochs: 1_000_000) == 3_000_000)
        #expect(order.place(ofStep: 7) == (2, 1))
        let fixed = StepOrder(rowCount: 5, stepSize: 2, seed: nil)
        #expect(rows(fixed, epoch: 3) == [[0, 1], [2, 3], [4]])
        #expect(rows(StepOrder(rowCount: 2, stepSize: .max, seed: nil)) == [[0, 1]])
    }

    @Test("a step takes whole prompts as long as they fit, and what is cut begins the next one")
    func wholePrompts() {
        // Prompts of 2, 1, 3, 1 and 9 rows, and one row without a prompt.
        let prompts = Self.prompts("AABCCCD" + "EEEEEEEEE" + "-")
        let order = StepOrder(rowCount: 17, stepSize: 4, seed: nil, prompts: prompts)
        #expect(
            rows(order) == [
                // C's three do not fit behind A and B. D's one fills the step.
                [0, 1, 2], [3, 4, 5, 6],
                // E's nine are cut, and the last row comes behind what is left of them.
                [7, 8, 9, 10], [11, 12, 13, 14], [15, 16],
            ]
        )
        #expect(order.stepCount(epochs: 3) == 15)
        #expect(order.place(ofStep: 11) == (2, 1))
        // Rows of a prompt that lie apart come together.
        let apart = StepOrder(rowCount: 5, stepSize: 3, seed: nil, prompts: Self.prompts("ABABB"))
        #expect(rows(apart) == [[0, 2], [1, 3, 4]])
    }

    @Test("the order is drawn over prompts: that of a seed and an epoch is always the same")
    func drawn() {
        // Five prompts of two rows; of seed 0, five come as 2, 3, 0, 1, 4 in EpochOrderTests.
        let order = StepOrder(
            rowCount: 10,
            stepSize: 4,
            seed: 0,
            prompts: Self.prompts("AABBCCDDEE")
        )
        #expect(rows(order) == [[4, 5, 6, 7], [0, 1, 2, 3], [8, 9]])
        #expect(rows(order) == rows(order))
        #expect((1..<5).contains { rows(order, epoch: $0) != rows(order) })
    }

    @Test(
        "each row comes once an epoch, a prompt that fits a step in one, and steps are counted",
        arguments: [1, 3, 5, 8, 100]
    )
    func properties(stepSize: Int) {
        let letters = "AABCCCCDDDDDEFFFFFFF-G-HHA"
        let prompts = Self.prompts(letters)
        let order = StepOrder(rowCount: 26, stepSize: stepSize, seed: 11, prompts: prompts)
        var counts: [Int] = []
        for epoch in 0..<20 {
            let steps = order.steps(epoch: epoch)
            #expect(steps.joined().sorted() == Array(0..<26))
            #expect(steps.allSatisfy { !$0.isEmpty && $0.count <= stepSize })
            // Where a step ends in the list of the epoch is how much of the epoch is done.
            #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.endIndex == $1.startIndex })
            for prompt in 0..<prompts.count {
                let own = prompts[prompt]
                let steps = steps.filter { !$0.allSatisfy { !own.contains($0) } }
                #expect(steps.count == (own.count - 1) / stepSize + 1)
            }
            for step in [0, steps.count - 1] {
                #expect(order.place(ofStep: counts.reduce(0, +) + step) == (epoch, step))
            }
            counts.append(steps.count)
        }
        #expect(order.stepCount(epochs: 20) == counts.reduce(0, +))
        // Single rows and all rows are as many steps in every order; else some leave more room.
        #expect((Set(counts).count > 1) == (2...25).contains(stepSize))
    }
}
