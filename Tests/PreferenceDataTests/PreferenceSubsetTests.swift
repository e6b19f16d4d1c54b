import Foundation
import TestSupport
import Testing

@testable import PreferenceData

@Suite struct PreferenceSubsetTests {
    /// Twelve rows of six prompts, of which every second has a weight.
    private static let rows = (0..<12).map { row in
        let weight = row % 2 == 1 ? ", \"weight\": 2" : ""
        return #"{"prompt": "ask \#(row % 6)", "chosen": "\#(row)", "rejected": "no"\#(weight)}"#
    }

    private func split(
        _ fraction: Double,
        seed: UInt64 = 1,
        rows: [String] = rows
    ) throws -> (training: PreferenceSubset, evaluation: PreferenceSubset) {
        let folder = try TemporaryFolder()
        let sources = [DataSource.path(try folder.write("a.jsonl", rows.joined(separator: "\n")))]
        let settings = DataSettings(onBadRow: .skip)
        let dataset = try PreferenceDataset.load(
            sources,
            processor: TextProcessor(ScalarEncoder()),
            settings: settings
        )
        return try dataset.split(
            holdingOut: fraction,
            seed: seed,
            sources: sources,
            settings: settings
        )
    }

    private func lines(_ subset: PreferenceSubset) -> [Int] { subset.map(\.source.line) }

    @Test("each preference is on one side, and so is each prompt")
    func disjoint() throws {
        let (training, evaluation) = try split(1.0 / 3)
        #expect((lines(training) + lines(evaluation)).sorted() == Array(1...12))
        #expect(lines(training) == lines(training).sorted())
        #expect(evaluation.count == 4)
        // Rows seven and more answer the prompts of the first six again.
        let prompts = [training, evaluation].map { Set(lines($0).map { ($0 - 1) % 6 }) }
        #expect(prompts[0].isDisjoint(with: prompts[1]))
    }

    @Test("the seed alone says which prompts are held out")
    func seeds() throws {
        #expect(try lines(split(0.5).evaluation) == lines(split(0.5).evaluation))
        let others = try (2..<8).map { try lines(split(0.5, seed: $0).evaluation) }
        #expect(Set(others).count > 1)
    }

    @Test("rows that are left out in preparation are on neither side")
    func skipped() throws {
        var rows = Self.rows
        rows.insert("{", at: 3)
        let (training, evaluation) = try split(1.0 / 3, rows: rows)
        #expect(!(lines(training) + lines(evaluation)).contains(4))
        #expect(training.count + evaluation.count == 12)
        let prompt = { (line: Int) in (line - (line > 4 ? 2 : 1)) % 6 }
        #expect(
            Set(lines(training).map(prompt)).isDisjoint(with: lines(evaluation).map(prompt))
        )
    }

    @Test("one prompt cannot be divided")
    func onePrompt() throws {
        #expect(throws: PromptSplitError.self) {
            try split(0.5, rows: Self.rows.filter { $0.contains("ask 0") })
        }
    }

    @Test("what is notable in a subset is told by its own places, and its digest is its own")
    func knowing() throws {
        let (training, evaluation) = try split(1.0 / 3)
        for subset in [training, evaluation] {
            #expect(PreferenceTraits(subset).notable == PreferenceTraits(Array(subset)).notable)
        }
        #expect(ContentDigest(of: training) != ContentDigest(of: evaluation))
        #expect(try ContentDigest(of: training) == ContentDigest(of: split(1.0 / 3).training))
        #expect(try ContentDigest(of: training) != ContentDigest(of: split(0.5).training))
    }

    @Test("a digest of listed preferences changes with every part of them")
    func digest() throws {
        let all = Array(try split(1.0 / 3).training)
        var seen: Set = [ContentDigest(of: all)]
        func expectNew(_ change: (inout [Preference]) -> Void) {
            var changed = all
            change(&changed)
            #expect(seen.insert(ContentDigest(of: changed)).inserted)
        }
        expectNew { $0.swapAt(0, 1) }
        expectNew { $0.removeLast() }
        expectNew { $0[1].weight = 3 }
        expectNew { $0[1].margin = 3 }
        expectNew { $0[1].promptLength -= 1 }
        expectNew { $0[1].judgement = .ranked([1, 0]) }
        expectNew { $0[1].sequences.swapAt(0, 1) }
        #expect(ContentDigest(of: all).text.count == 32)
    }
}
