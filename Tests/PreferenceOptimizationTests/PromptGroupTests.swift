import LanguageModels
import PreferenceData
import Testing
import TokenTrees

@testable import PreferenceOptimization

@Suite struct PromptGroupTests {
    private static func sequence(_ prompt: [Int32], _ answer: [Int32]) -> TokenSequence {
        TokenSequence(
            tokens: prompt + answer,
            scored: [prompt.count..<prompt.count + answer.count]
        )
    }

    private static func preference(
        _ prompt: [Int32],
        _ answers: [[Int32]],
        line: Int = 1
    ) -> Preference {
        Preference(
            sequences: answers.map { sequence(prompt, $0) },
            promptLength: prompt.count,
            source: RowSource(file: "f", line: line)
        )
    }

    /// All pairs of three answers, with a pair to another prompt between them.
    private static let step = [
        preference([1, 2, 3], [[10, 11], [10, 12, 13]]),
        preference([1, 2], [[3, 10, 11], [5]], line: 2),
        preference([1, 2, 3], [[10, 11], [20]], line: 3),
        preference([1, 2, 3], [[10, 12, 13], [20]], line: 4),
    ]

    private func grouped(
        _ preferences: [Preference] = step,
        limit: Int = 100,
        sharing: Bool = true,
        lengthClass: (Int) -> Int = { _ in 0 }
    ) -> [PromptGroup] {
        PromptGroup.groups(
            of: preferences,
            tokenLimit: limit,
            sharingPrefixes: sharing,
            lengthClass: lengthClass
        )
    }

    @Test("preferences of a prompt are one tree, in which each of their answers is once")
    func together() {
        let groups = grouped()
        #expect(groups.map(\.places) == [[0, 2, 3], [1]])
        #expect(groups[0].answers == [0, 1, 0, 2, 1, 2])
        #expect(
            groups[0].sequences
                == [[10, 11], [10, 12, 13], [20]].map { Self.sequence([1, 2, 3], $0) }
        )
        // 1 2 3 10, then 12; what comes last in each answer is only a target.
        #expect(groups[0].rowCount == 5)
        // 1 2 3 10 and 1 2.
        #expect(groups[1].rowCount == 4)
        // Of pairs that are alone it would be 1 2 3 10 12, 1 2 3 10 and 1 2 3 10 12.
        #expect(Self.step.map { grouped([$0])[0].rowCount } == [5, 4, 4, 5])
    }

    @Test("a micro-batch has a row for each of the trees', and finds each answer's sequence")
    func microBatch() {
        let groups = grouped()
        let batch = MicroBatch(
            groups[...],
            dropout: DropoutPlace(seed: 0, step: 0, microBatch: 0, includesModel: false),
            sharingPrefixes: true,
            lengthClass: { _ in 0 }
        )
        #expect(batch.batch.tokens == [1, 2, 3, 10, 12, 1, 2, 3, 10])
        #expect(batch.batch.spans.map(\.rows) == [0..<5, 5..<9])
        #expect(batch.batch.sequenceCount == 5)
        #expect(batch.places == [0, 2, 3, 1])
        #expect(batch.sequences == [0, 1, 0, 2, 1, 2, 3, 4])
        #expect(
            batch.answers.map(\.isChosen) == [true, false, true, false, true, false, true, false]
        )
        #expect(batch.groups == groups.map(\.sequences))
        // A place in the data is told of the first pair that has it.
        #expect(
            (0..<5).map(batch.source(ofSequence:)) == [
                "f:1, chosen", "f:1, rejected", "f:3, rejected", "f:2, chosen", "f:2, rejected",
            ]
        )
        #expect(batch.source(ofSequence: 5) == nil)
    }

    @Test("what is scored tells sequences of the same tokens apart")
    func scoredTokens() {
        var other = Self.step[2]
        other.sequences[0] = TokenSequence(tokens: [1, 2, 3, 10, 11], scored: [4..<5])
        let group = grouped([Self.step[0], other])[0]
        #expect(group.answers == [0, 1, 2, 3])
        #expect(group.rowCount == 5)
    }

    @Test("a prompt with more rows than the limit is cut between preferences")
    func limit() {
        // The first pair has five rows, with which the others add none.
        #expect(grouped(limit: 5).map(\.places) == [[0, 2, 3], [1]])
        // The second adds its own answer only; together with the third it would have five.
        #expect(grouped(limit: 4).map(\.places) == [[0], [2], [3], [1]])
        #expect(grouped(limit: 4).map(\.rowCount) == [5, 4, 5, 4])
    }

    @Test("without sharing, and without a prompt, preferences are alone and as they are")
    func alone() {
        let groups = grouped(sharing: false)
        #expect(groups.map(\.places) == [[0], [1], [2], [3]])
        #expect(groups.map(\.sequences) == Self.step.map(\.sequences))
        #expect(groups.map(\.rowCount) == [9, 6, 7, 8])
        let same = Self.preference([], [[1, 2], [1, 2]])
        #expect(grouped([same, same]).map(\.places) == [[0], [1]])
        #expect(grouped([same], sharing: false)[0].answers == [0, 1])
        #expect(grouped([]).isEmpty)
    }

    @Test("answers of different classes of lengths share no rows")
    func lengthClasses() {
        // 1 2 3 10 and 1 2 3 10 12; the third one's rows are the first one's.
        #expect(grouped { $0 > 5 ? 1 : 0 }[0].rowCount == 9)
    }
}
