import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing
import TokenTrees
import Torch

@testable import LanguageModels

/// The models' own dropout.
@Suite struct DropoutTests {
    /// Models, and the keys of config.json that make them drop something.
    static let keys = [
        ("gpt2", "embd_pdrop"), ("gpt2", "attn_pdrop"), ("gpt2", "resid_pdrop"),
        ("llama-tiny", "attention_dropout"), ("mistral", "attention_dropout"),
        ("qwen2-window", "attention_dropout"), ("qwen3", "attention_dropout"),
        ("phi3", "attention_dropout"), ("phi3", "resid_pdrop"), ("olmo2", "attention_dropout"),
        ("gemma2", "attention_dropout"), ("gemma3-plain", "attention_dropout"),
        ("mixtral", "attention_dropout"), ("qwen3-moe", "attention_dropout"),
        ("minimind", "dropout"), ("vermind", "dropout"),
    ]

    /// A fixture with one of its dropouts at a share and all others at 0.
    private static func load(_ fixture: String, _ key: String, _ share: JSONValue) throws
        -> any CausalLanguageModel
    {
        let folder = try TemporaryFolder()
        var files = try ModelFiles(fixture)
        for (model, other) in keys where model == fixture { files.configuration[other] = 0 }
        files.configuration[key] = share
        try files.write(to: folder)
        return try ModelFolder(folder.url).load()
    }

    private static let tokens: [Int32] = [3, 17, 5, 29, 11, 2, 23, 8]

    private static func batch(_ count: Int = 1) -> PackedBatch {
        PackedBatch(
            groups: (0..<count).map { _ in
                [TokenSequence(tokens: tokens, scored: [1..<tokens.count])]
            }
        )
    }

    private static func place(
        _ seed: UInt64 = 1,
        _ step: Int = 2,
        _ microBatch: Int = 3,
        includesModel: Bool = true
    ) -> DropoutPlace {
        DropoutPlace(
            seed: seed,
            step: step,
            microBatch: microBatch,
            includesModel: includesModel
        )
    }

    @Test("a mask drops its share, and makes up for it in what is left")
    func mask() throws {
        let x = try Tensor.zeros([100, 1000], .float64)
        let factors = try DropoutMask(share: 0.3, seed: 1).factors(for: x).doubles()
        #expect(Set(factors) == [0, 1 / 0.7])
        // Five deviations of a binomial: √(100,000 · 0.3 · 0.7) = 145.
        #expect(abs(factors.count { $0 == 0 } - 30_000) < 725)
        let mask = DropoutMask(share: 0.3, seed: 1)
        #expect(try mask.factors(for: x).doubles() == factors)
        for other in [DropoutMask(share: 0.3, seed: 2), mask.part(0), mask.part(1)] {
            #expect(try other.factors(for: x).doubles() != factors)
        }
        #expect(
            try mask.part(0).factors(for: x).doubles() != mask.part(1).factors(for: x).doubles()
        )
    }

    @Test("where nothing is dropped no bit changes", arguments: keys)
    func nothing(model: String, key: String) throws {
        let off = try Self.load(model, key, 0)
        let on = try Self.load(model, key, 0.3)
        #expect(!off.hasDropout && on.hasDropout)
        let whole = try off.logits(Self.batch())
        let place = Self.place()
        #expect(
            try off.dropping(at: place) { try off.logits(Self.batch()) }.hasSameBits(as: whole)
        )
        // Not in training, and in training only where it is asked for.
        #expect(try on.logits(Self.batch()).hasSameBits(as: whole))
        let adapterOnly = Self.place(includesModel: false)
        #expect(
            try on.dropping(at: adapterOnly) { try on.logits(Self.batch()) }
                .hasSameBits(as: whole)
        )
        #expect(
            try !on.dropping(at: place) { try on.logits(Self.batch()) }.hasSameBits(as: whole)
        )
    }

    @Test("what is dropped follows from seed, step and micro-batch alone", arguments: keys)
    func place(model: String, key: String) throws {
        func logits(_ place: DropoutPlace) throws -> [Double] {
            let model = try Self.load(model, key, 0.3)
            return try model.dropping(at: place) { try model.logits(Self.batch()).doubles() }
        }
        let first = try logits(Self.place(1, 2, 3))
        #expect(try logits(Self.place(1, 2, 3)) == first)
        for other in [Self.place(2, 2, 3), Self.place(1, 3, 2), Self.place(1, 2, 4)] {
            #expect(try logits(other) != first)
        }
    }

    @Test("every module has masks of its own")
    func modules() throws {
        // Layers with the same weights and input drop different numbers.
        let x = try Tensor.full([40, 50], 1, .float64)
        let names = ["model.layers.0.mlp.dropout", "model.layers.1.mlp.dropout"]
        let results = try names.map {
            try Dropout($0, share: 0.5)(x, at: Self.place()).doubles()
        }
        #expect(results[0] != results[1])
        // Both kept or both dropped as often as not: 1,000 of 2,000, five deviations of 22.
        let agreeing = zip(results[0], results[1]).count { $0 == $1 }
        #expect(abs(agreeing - 1000) < 112)
    }

    @Test("the reference of an adapter never drops")
    func reference() throws {
        let folder = try TemporaryFolder()
        var files = try ModelFiles("llama-tiny")
        files.configuration["attention_dropout"] = 0.5
        try files.write(to: folder)
        let policy = try ModelFolder(folder.url).load(
            adapter: .new(AdapterConfiguration(rank: 2), seed: 1)
        )
        let reference = try #require(policy.adapterReference)
        let whole = try reference.logits(Self.batch())
        let (dropped, inside) = try policy.dropping(at: Self.place()) {
            try (policy.logits(Self.batch()), reference.logits(Self.batch()))
        }
        #expect(try inside.hasSameBits(as: whole))
        #expect(try !dropped.hasSameBits(as: whole))
    }

    /// Two sequences with a common beginning, 4 query and 2 key heads of 4 numbers.
    private static let spans = [
        AttentionSpan(rows: 0..<5, context: []), AttentionSpan(rows: 5..<8, context: [0..<3]),
    ]

    private static func attentionInputs() throws -> [Tensor] {
        try [4, 2, 2].enumerated().map { index, heads in
            try Tensor.sample([8, heads, 4], seed: UInt64(index + 1), scale: 2)
        }
    }

    private static func attend(
        _ inputs: [Tensor],
        _ mask: DropoutMask?,
        softCap: Double? = nil
    ) throws -> Tensor {
        try TreeAttention.attend(
            inputs[0],
            inputs[1],
            inputs[2],
            spans: spans,
            scale: 0.4,
            window: 4,
            softCap: softCap,
            dropout: mask
        )
    }

    @Test(
        "attention that drops has the values and gradients of its formula",
        arguments: [nil, 1.5]
    )
    func attention(softCap: Double?) throws {
        let mask = DropoutMask(share: 0.4, seed: 5)
        try expectSame(Self.attentionInputs(), tolerance: Tolerance.float64) {
            try Self.attend($0, mask, softCap: softCap)
        } _: { inputs in
            var outputs: [Tensor] = []
            for (index, span) in Self.spans.enumerated() {
                let ranges = span.context + [span.rows]
                let visible = try TreeAttention.visibility(span, window: 4, on: .cpu)
                let (rows, columns) = (visible.shape[0], visible.shape[1])
                let hidden = try visible.isElementwiseEqual(to: Tensor.zeros([], .bool))
                let kept = try mask.part(index)
                    .factors(for: Tensor.zeros([2, 2, rows, columns], .float64))
                    .reshaped([4, rows, columns])
                var heads: [Tensor] = []
                for head in 0..<4 {
                    func part(_ tensor: Tensor, _ head: Int) throws -> Tensor {
                        try tensor.narrowed(head..<head + 1, dimension: 1).squeezed(1)
                    }
                    let query = try part(inputs[0], head).narrowed(span.rows)
                    let key = try TreeAttention.gathered(part(inputs[1], head / 2), ranges)
                    let value = try TreeAttention.gathered(part(inputs[2], head / 2), ranges)
                    var scores = try query.linear(key) * 0.4
                    if let softCap {
                        scores = try (scores / softCap).hyperbolicTangent() * softCap
                    }
                    let probabilities = try scores.filled(where: hidden, with: -.infinity)
                        .softmax(dimension: 1)
                    let own = try kept.narrowed(head..<head + 1).squeezed(0)
                    heads.append(
                        try (probabilities * own).matrixProduct(value).expanded(at: 1)
                    )
                }
                outputs.append(try Tensor.concatenated(heads, dimension: 1))
            }
            return try Tensor.concatenated(outputs)
        }
    }

    @Test("attention's gradients at a place are those of central differences")
    func finiteDifferences() throws {
        let inputs = try Self.attentionInputs()
        let mask = DropoutMask(share: 0.4, seed: 5)
        let gradients = try valuesAndGradients(inputs) { try Self.attend($0, mask) }.gradients
        let weights = try Tensor.sample([8, 4, 4], seed: 99)
        func value(_ inputs: [Tensor]) throws -> Double {
            try (Self.attend(inputs, mask) * weights).sum().item()
        }
        let step = 1e-5
        for (which, input) in inputs.enumerated() {
            let numbers = try input.doubles()
            for index in stride(from: 0, to: numbers.count, by: 7) {
                let ends = try [step, -step].map { offset in
                    var moved = (numbers, inputs)
                    moved.0[index] += offset
                    moved.1[which] = try Tensor(moved.0, shape: input.shape)
                    return try value(moved.1)
                }
                expectClose(
                    gradients[which][index],
                    (ends[0] - ends[1]) / (2 * step),
                    absolute: Tolerance.finiteDifference
                )
            }
        }
    }

    @Test("on average, attention that drops is attention")
    func expectation() throws {
        let inputs = try Self.attentionInputs()
        let whole = try Self.attend(inputs, nil).doubles()
        let count = 2000
        var (sums, squares) = (whole.map { _ in 0.0 }, whole.map { _ in 0.0 })
        for seed in 0..<count {
            let values = try Self.attend(inputs, DropoutMask(share: 0.4, seed: UInt64(seed)))
                .doubles()
            for (index, value) in values.enumerated() {
                sums[index] += value
                squares[index] += value * value
            }
        }
        for (index, expected) in whole.enumerated() {
            let mean = sums[index] / Double(count)
            let variance = squares[index] / Double(count) - mean * mean
            // Five deviations of the mean of 2,000.
            #expect(abs(mean - expected) < 5 * (variance / Double(count)).squareRoot() + 1e-9)
        }
    }

    @Test(
        "a model's gradient at a place is the slope of its loss there",
        arguments: [
            ("gpt2", "embd_pdrop"), ("gpt2", "attn_pdrop"), ("gpt2", "resid_pdrop"),
            ("phi3", "resid_pdrop"), ("vermind", "dropout"),
        ]
    )
    func slope(model name: String, key: String) throws {
        let model = try Self.load(name, key, 0.3)
        func loss() throws -> Tensor {
            try model.dropping(at: Self.place()) { try Scores(model, Self.batch()).sums.sum() }
        }
        try loss().backward()
        let gradients = try model.parameters.map { try #require($0.value.gradient).cloned() }
        let square = try gradients.reduce(0) { try $0 + ($1 * $1).sum().item() }
        // Along the gradient g the loss changes by |g|² a step: steps that change it by 0.02, where
        // float32's rounding, 1e-6, and the curve's third derivative stay below a hundredth.
        let step = 0.01 / square
        let ends = try [step, -2 * step].map { step in
            try withoutGradients {
                for (parameter, gradient) in zip(model.parameters, gradients) {
                    try parameter.value.addInPlace(gradient, scale: step)
                }
                return try loss().item()
            }
        }
        expectClose((ends[0] - ends[1]) / (2 * step), square, relative: 0.01)
    }

    struct Golden: Decodable {
        struct Case: Decodable {
            let model, key: String
            let mean, deviation: [Double]
        }

        let share: Double
        let tokens: [Int32]
        let cases: [Case]
    }

    @Test("log-probabilities spread as transformers' do, key by key")
    func spread() throws {
        let golden = try JSONDecoder().decode(
            Golden.self,
            from: Data(contentsOf: Fixtures.model("dropout.json"))
        )
        #expect(golden.tokens == Self.tokens && golden.cases.count == 8)
        let count = 1000
        for one in golden.cases {
            let model = try Self.load(one.model, one.key, .number(golden.share))
            // One tree per sequence, and so masks of their own.
            let values = try withoutGradients {
                try model.dropping(at: Self.place()) {
                    try Scores(model, Self.batch(count)).tokens.doubles()
                }
            }
            let length = Self.tokens.count - 1
            for token in 0..<length {
                let own = (0..<count).map { values[$0 * length + token] }
                let mean = own.reduce(0, +) / Double(count)
                let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
                let (expected, deviation) = (one.mean[token], one.deviation[token])
                // Five deviations of the mean of 1,000, and of its own error.
                let error = deviation / Double(count).squareRoot()
                expectClose(mean, expected, absolute: 5.5 * error + 1e-5)
                // Of a deviation of 1,000 numbers 2.2 %, for normal ones; these have longer tails.
                expectClose(variance.squareRoot(), deviation, absolute: 1e-5, relative: 0.15)
            }
        }
    }

    @Test("a share outside 0 to below 1 is refused by its key", arguments: keys)
    func refused(model: String, key: String) throws {
        for share in [1, -0.1] {
            let error = try #require(throws: ModelError.self) {
                _ = try Self.load(model, key, .number(share))
            }
            #expect(error.description.contains(key) && error.description.isOneLine)
        }
    }
}
