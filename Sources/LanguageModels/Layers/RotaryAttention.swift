import Torch

/// Attention with rotary positions, and key-value heads that serve groups of query heads.
struct RotaryAttention {
    /// What architectures do differently.
    struct Options {
        /// Whether queries, keys and values are one projection, "qkv_proj".
        var isFused = false
        /// Whether the projections of queries, keys and values have a bias.
        var inputBias = false
        /// Whether the projection of the output has a bias.
        var outputBias = false
        /// How queries and keys are normalised before they turn.
        var norm = QueryKeyNorm.none
        /// What scores are multiplied with; 1/√headSize where nil.
        var scale: Double?
        /// How many positions back a row sees, itself included; all where nil.
        var window: Int?
        /// Scores are capped by softCap · tanh(score / softCap).
        var softCap: Double?
        /// Which of the decoder's rotary embeddings turns queries and keys.
        var rotary = 0
    }

    /// How queries and keys are normalised.
    enum QueryKeyNorm {
        case none
        /// Each head by itself.
        case perHead(RMSNorm.Form)
        /// All heads of a row together.
        case perRow(RMSNorm.Form)
    }

    private let input: [Linear]
    private let output: Linear
    private let queryNorm, keyNorm: RMSNorm?
    private let dropout, outputDropout: Dropout
    private let shape: DecoderShape
    private let options: Options

    init(_ parameters: ParameterScope, _ shape: DecoderShape, _ options: Options) throws {
        self.shape = shape
        self.options = options
        let sizes = Self.sizes(shape)
        func linear(_ name: String, _ size: Int) throws -> Linear {
            try Linear(
                parameters[name],
                inputs: shape.hiddenSize,
                outputs: size,
                hasBias: options.inputBias
            )
        }
        input =
            options.isFused
            ? [try linear("qkv_proj", sizes.reduce(0, +))]
            : try zip(["q_proj", "k_proj", "v_proj"], sizes).map(linear)
        output = try Linear(
            parameters["o_proj"],
            inputs: sizes[0],
            outputs: shape.hiddenSize,
            hasBias: options.outputBias
        )
        func norm(_ name: String, _ rowSize: Int) throws -> RMSNorm? {
            let (size, form): (Int, RMSNorm.Form)
            switch options.norm {
            case .none: return nil
            case .perHead(let perHead): (size, form) = (shape.headSize, perHead)
            case .perRow(let perRow): (size, form) = (rowSize, perRow)
            }
            return try RMSNorm(
                parameters[name],
                size: size,
                epsilon: shape.normEpsilon,
                form: form
            )
        }
        queryNorm = try norm("q_norm", sizes[0])
        keyNorm = try norm("k_norm", sizes[1])
        dropout = Dropout("\(parameters.path).dropout", share: shape.dropout.attention)
        outputDropout = Dropout(
            "\(parameters.path).output_dropout",
            share: shape.dropout.attentionOutput
        )
    }

    /// How many numbers its backward keeps for each row, beside its input: queries, keys and
    /// values as attention sees them and its result; queries and keys as their norm sees them; and,
    /// where the three are one projection, the whole of it instead of the values.
    var keptCount: Int {
        let sizes = Self.sizes(shape)
        let (queries, keys) = (sizes[0], sizes[1])
        var count = 2 * queries + 2 * keys
        if case .none = options.norm {} else { count += queries + keys }
        if options.isFused { count += queries + keys }
        return count
    }

    /// - Parameters:
    ///   - x: `[sequence, hidden]`.
    ///   - rows: the rows whose result is wanted, `[n]`; all where nil.
    /// - Returns: `[n, hidden]`.
    func callAsFunction(_ x: Tensor, _ context: LayerContext, rows: Tensor?) throws -> Tensor {
        var projected = try input.map { try $0(x) }
        if options.isFused {
            var start = 0
            projected = try Self.sizes(shape).map { size in
                defer { start += size }
                return try projected[0].narrowed(start..<start + size, dimension: 1)
            }
        }
        let rotary = context.rotary[options.rotary]
        let attended = try context.attend(
            rotary(heads(projected[0], queryNorm)),
            rotary(heads(projected[1], keyNorm)),
            heads(projected[2], nil),
            scale: options.scale ?? 1 / Double(shape.headSize).squareRoot(),
            window: options.window,
            softCap: options.softCap,
            dropout: dropout
        )
        let flat = try attended.reshaped([-1, shape.headCount * shape.headSize])
        return try outputDropout(
            output(rows.map { try flat.selected($0) } ?? flat),
            at: context.dropout
        )
    }

    /// `[sequence, head · headSize]` as `[sequence, head, headSize]`, normalised.
    private func heads(_ rows: Tensor, _ norm: RMSNorm?) throws -> Tensor {
        var rows = rows
        if case .perRow = options.norm, let norm { rows = try norm(rows) }
        rows = try rows.reshaped([-1, rows.shape[1] / shape.headSize, shape.headSize])
        if case .perHead = options.norm, let norm { rows = try norm(rows) }
        return rows
    }

    /// Numbers of a row's queries, keys and values.
    private static func sizes(_ shape: DecoderShape) -> [Int] {
        let keys = shape.keyValueHeadCount * shape.headSize
        return [shape.headCount * shape.headSize, keys, keys]
    }
}
