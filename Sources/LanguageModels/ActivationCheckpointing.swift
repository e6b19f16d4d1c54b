import Torch

/// What layers keep for the backward, and what they compute again there.
///
/// Nothing else changes: the same kernels run on the same numbers in the same order, so values and
/// gradients are the same bit for bit. The last layer always keeps everything. Its backward comes
/// first: when the others' turn comes its numbers are gone, and no layer's weigh more.
public enum ActivationCheckpointing: String, Codable, Sendable, CaseIterable {
    /// All that the backward needs is kept.
    case off
    /// The feed-forward block keeps its input alone and is computed again, with the norms around it
    /// and what it drops.
    ///
    /// Kept are the layer's input, what attention's norm makes of it, queries, keys, values and
    /// what attention gives.
    case selective
    /// A layer keeps its input alone, and all of it is computed again.
    case full
}

extension LayerContext {
    /// Computes a part of a layer, and again in the backward where that part is not kept.
    ///
    /// - Parameters:
    ///   - way: where the part is not kept.
    ///   - x: its input.
    ///   - part: takes the input and the context to compute in.
    func recomputed(
        in way: ActivationCheckpointing,
        _ x: Tensor,
        _ part: @escaping (Tensor, LayerContext) throws -> Tensor
    ) throws -> Tensor {
        guard way == checkpointing else { return try part(x, self) }
        // The backward comes when the mode is another, and what routers do is noted once.
        let state = mode.state
        var noted = trace?.beginning()
        let outputs = try Torch.recomputed(x) { x in
            var context = self
            context.trace = noted ?? trace?.beginning()
            let result = try mode.with(state) { try part(x, context) }
            return [result] + (context.trace?.layers.map(\.probabilities) ?? [])
        }
        if let noted { trace?.add(noted, probabilities: Array(outputs.dropFirst())) }
        noted = nil
        return outputs[0]
    }
}
