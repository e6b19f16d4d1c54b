import Testing
import Torch

/// A problem for attention, as `[batch, head, sequence, headSize]`.
struct AttentionCase: Sendable, CustomTestStringConvertible {
    enum Visibility: Sendable { case full, causal, bottomRight }

    var name: String
    var batch = 1
    var heads = 2
    var keyHeads = 2
    var rows = 5
    var keys = 5
    var headSize = 8
    var visibility = Visibility.full

    var testDescription: String { name }

    static let all = [
        Self(name: "full"),
        Self(name: "causal", visibility: .causal),
        Self(name: "bottom-right causal", rows: 3, keys: 9, visibility: .bottomRight),
        Self(name: "one row", rows: 1, keys: 4, visibility: .bottomRight),
        Self(name: "fewer rows than keys", rows: 3, keys: 9),
        Self(name: "grouped heads", heads: 8, keyHeads: 2, visibility: .causal),
        Self(
            name: "grouped, masked",
            heads: 8,
            keyHeads: 2,
            rows: 4,
            keys: 7,
            visibility: .bottomRight
        ),
        Self(name: "two in the batch", batch: 2, heads: 4, keyHeads: 2, rows: 4, keys: 6),
        // The kernel works in blocks of 32 to 256 rows and 512 keys.
        Self(name: "several blocks", rows: 70, keys: 600, visibility: .bottomRight),
        Self(name: "several causal blocks", rows: 530, keys: 530, headSize: 4, visibility: .causal),
    ]

    /// Numbers without pattern in (−1, 1): multiples of the golden ratio, modulo 1.
    private func tensor(_ shape: [Int], offset: Double) throws -> Tensor {
        let elements = (0..<shape.reduce(1, *)).map {
            ((Double($0) + offset) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) * 2
                - 1
        }
        return try Tensor(elements, shape: shape)
    }

    /// Query, key, value, and a gradient of the output.
    func inputs() throws -> [Tensor] {
        let (queryShape, keyShape) = (
            [batch, heads, rows, headSize], [batch, keyHeads, keys, headSize]
        )
        return [
            try tensor(queryShape, offset: 0.1), try tensor(keyShape, offset: 0.2),
            try tensor(keyShape, offset: 0.7), try tensor(queryShape, offset: 0.5),
        ]
    }

    /// Whether a row sees a column.
    func sees(_ row: Int, _ column: Int) -> Bool {
        switch visibility {
        case .full: true
        case .causal: column <= row
        case .bottomRight: column <= row + keys - rows
        }
    }

    func kernelVisibility() throws -> FlashAttention.Visibility {
        switch visibility {
        case .full: .full
        case .causal: .causal
        case .bottomRight:
            .mask(try Tensor.lowerTriangle(rows: rows, columns: keys, diagonal: keys - rows))
        }
    }

    /// softmax(query · keyᵀ · scale + mask) · value, and the logarithm of the softmax denominator,
    /// word by word.
    func plain(
        _ query: Tensor,
        _ key: Tensor,
        _ value: Tensor,
        scale: Double
    ) throws -> (output: Tensor, logSumExponential: Tensor) {
        // Query head h uses key head h / (heads / keyHeads).
        func repeated(_ tensor: Tensor) throws -> Tensor {
            let copies = [Tensor](repeating: try tensor.expanded(at: 2), count: heads / keyHeads)
            return try Tensor.concatenated(copies, dimension: 2)
                .reshaped([batch, heads, keys, headSize])
        }
        let hidden = (0..<rows).flatMap { row in
            (0..<keys).map { sees(row, $0) ? 0 : -Double.infinity }
        }
        let products = try query.matrixProduct(repeated(key).transposed(2, 3))
        let scores = try products * scale + Tensor(hidden, shape: [rows, keys])
        let denominator = try scores.logSumExponential(dimension: 3, keepingDimension: true)
        let weights = try (scores - denominator).exponential()
        return (try weights.matrixProduct(repeated(value)), try denominator.squeezed(3))
    }
}
