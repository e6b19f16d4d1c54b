import TestSupport
import Testing
import TokenTrees
import Torch

@testable import LanguageModels

/// Two sequences, of three tokens and of one, which share their first row; two experts, of which
/// each row goes to one.
@Suite struct RouterLossTests {
    /// Rows 0, 1, 2 of the first sequence; the second has row 0 alone.
    private static let batch: PackedBatch = {
        var long = TokenSequence(tokens: [1, 2, 3], scored: [2..<3])
        var short = TokenSequence(tokens: [1], scored: [])
        (long.isReadWhole, short.isReadWhole) = (true, true)
        return PackedBatch(groups: [[long, short]])
    }()

    /// Probabilities per row of two layers.
    private static let layers: [[Float]] = [
        [0.75, 0.25, 0.5, 0.5, 0.25, 0.75],  // row 0 → 0, row 1 → 0 (the first), row 2 → 1
        [0.25, 0.75, 0.25, 0.75, 0.5, 0.5],  // row 0 → 1, row 1 → 1, row 2 → 0
    ]

    private static func trace() throws -> RouterTrace {
        let trace = RouterTrace(batch)
        for layer in layers {
            try trace.add(
                Tensor(layer, shape: [3, 2]),
                ExpertChoices(layer, expertCount: 2, count: 1)
            )
        }
        return trace
    }

    @Test(
        "a shared row counts for each sequence, and each form takes its own means",
        arguments: [
            // Tokens: row 0 twice, rows 1 and 2: four. Layer 0: F = (3/4, 1/4),
            // P = ((0.75·2 + 0.5 + 0.25)/4, …) = (9/16, 7/16).
            // Layer 1: F = (1/4, 3/4), P = ((0.25·2 + 0.25 + 0.5)/4, …) = (5/16, 11/16).
            // Both layers: F = (1/2, 1/2), P = (7/16, 9/16): 2 · 1/2 = 1.
            (RouterLoss.Form.allLayers, 1.0),
            // 2 · (27 + 7)/64 + 2 · (5 + 33)/64 = 2.25.
            (.perLayer, 2.25),
            // First sequence: F = (2/3, 1/3), P = (1/2, 1/2), and F = (1/3, 2/3), P = (1/3, 2/3):
            // 2 · 1/2 and 2 · 5/9. Second: F = (1, 0), P = (3/4, 1/4), and F = (0, 1),
            // P = (1/4, 3/4): 2 · 3/4 each. (1 + 10/9 + 3/2 + 3/2) / 2 = 23/9.
            (.perSequence, 23.0 / 9),
        ] as [(RouterLoss.Form, Double)]
    )
    func forms(form: RouterLoss.Form, expected: Double) throws {
        let loss = RouterLoss(form: form, coefficient: 1)
        let share = try loss.share(of: Self.trace()).item()
        expectClose(share, expected, absolute: Tolerance.float32)
    }

    @Test("a sequence that is named twice counts twice")
    func counting() throws {
        let trace = RouterTrace(Self.batch, counting: [1, 0, 1])
        #expect(trace.lengths == [1, 3, 1])
        try trace.add(
            Tensor(Self.layers[0], shape: [3, 2]),
            ExpertChoices(Self.layers[0], expertCount: 2, count: 1)
        )
        // Row 0 three times, rows 1 and 2: F = (4/5, 1/5), P = ((0.75·3 + 0.5 + 0.25)/5, …)
        // = (3/5, 2/5): 2 · (12 + 2)/25.
        let share = try RouterLoss(form: .perLayer, coefficient: 1).share(of: trace).item()
        expectClose(share, 28.0 / 25, absolute: Tolerance.float32)
    }

    @Test("in a step of two passes of the same, each has half of the loss")
    func step() throws {
        let trace = try Self.trace()
        var tally = RouterTally()
        tally.add(trace)
        tally.add(trace)
        for form in [RouterLoss.Form.allLayers, .perLayer, .perSequence] {
            let loss = RouterLoss(form: form, coefficient: 1)
            expectClose(
                2 * (try loss.share(of: trace, in: tally).item()),
                try loss.share(of: trace).item(),
                absolute: Tolerance.float32
            )
        }
    }
}
