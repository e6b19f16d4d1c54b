import CTorch

/// Attention of many sequences of any lengths in one kernel, without a graph or a mask.
///
/// Queries of all sequences lie behind each other, `[rows, head, headSize]`, and so do keys and
/// values, `[keys, keyValueHead, headSize]`, where a head serves a group of neighbouring query
/// heads.
public struct VariableLengthAttention: Sendable {
    /// Where sequences lie.
    public struct Layout {
        /// `[sequences + 1]`, int32, on the device: where each sequence's queries begin, from 0.
        public let queryOffsets: Tensor
        /// The same of its keys.
        public let keyOffsets: Tensor
        /// The most queries of a sequence.
        public let longestQuery: Int
        /// The most keys of a sequence.
        public let longestKey: Int
        /// Whether a query sees the keys up to its own place, rather than all of its sequence.
        public let isCausal: Bool

        /// Sequences by their numbers of queries and keys, each at least 1.
        public init(
            queries: [Int],
            keys: [Int],
            isCausal: Bool,
            on device: Device
        ) throws(TorchError) {
            func offsets(_ counts: [Int]) throws(TorchError) -> Tensor {
                var all: [Int32] = [0]
                for count in counts { all.append((all.last ?? 0) + Int32(count)) }
                return try Tensor(all, on: device)
            }
            queryOffsets = try offsets(queries)
            keyOffsets = try offsets(keys)
            longestQuery = queries.max() ?? 0
            longestKey = keys.max() ?? 0
            self.isCausal = isCausal
        }
    }

    /// What the kernel gives.
    public struct Output {
        /// The shape and dtype of the queries.
        public let output: Tensor
        /// `[rows, head]`, float32: the logarithm of each row's softmax denominator.
        public let logSumExponential: Tensor

        /// Pairs the two.
        public init(_ output: Tensor, logSumExponential: Tensor) {
            self.output = output
            self.logSumExponential = logSumExponential
        }
    }

    /// Queries, keys and values in, with the scale of their scores.
    public typealias Forward =
        @Sendable (_ query: Tensor, _ key: Tensor, _ value: Tensor, Layout, _ scale: Double)
        throws(TorchError) -> Output
    /// The gradient of the output in front, and the output behind: gradients of queries, keys and
    /// values.
    public typealias Backward =
        @Sendable (
            _ gradient: Tensor, _ query: Tensor, _ key: Tensor, _ value: Tensor, Output, Layout,
            _ scale: Double
        ) throws(TorchError) -> [Tensor]

    /// The kernel.
    public let forward: Forward
    /// Its backward.
    public let backward: Backward

    /// A kernel of another make.
    public init(forward: @escaping Forward, backward: @escaping Backward) {
        self.forward = forward
        self.backward = backward
    }

    /// Flash attention for CUDA devices: float16 and bfloat16, heads of up to 256 numbers.
    public static let cuda = VariableLengthAttention(
        forward: { (query, key, value, layout, scale) throws(TorchError) in
            let results = try tensors("flash_attention", [query, key, value], count: 2) {
                ctorch_flash_attention_cuda(
                    query.handle,
                    key.handle,
                    value.handle,
                    layout.queryOffsets.handle,
                    layout.keyOffsets.handle,
                    Int64(layout.longestQuery),
                    Int64(layout.longestKey),
                    layout.isCausal,
                    scale,
                    $0,
                    $0 + 1
                )
            }
            return Output(results[0], logSumExponential: results[1])
        },
        backward: { (gradient, query, key, value, result, layout, scale) throws(TorchError) in
            try tensors("flash_attention_backward", [query, key, value], count: 3) {
                ctorch_flash_attention_cuda_backward(
                    gradient.handle,
                    query.handle,
                    key.handle,
                    value.handle,
                    result.output.handle,
                    result.logSumExponential.handle,
                    layout.queryOffsets.handle,
                    layout.keyOffsets.handle,
                    Int64(layout.longestQuery),
                    Int64(layout.longestKey),
                    layout.isCausal,
                    scale,
                    $0,
                    $0 + 1,
                    $0 + 2
                )
            }
        }
    )
}
