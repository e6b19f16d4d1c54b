package import LanguageModels
package import PreferenceData
import TokenTrees
import Torch

/// The memory that training will take at its peak, told before anything is loaded.
///
/// With P weights, c bytes of a number of the compute dtype, and for each micro-batch A, what its
/// forward keeps (`ModelOutline.keptCount`, times c):
///
///     policy      4 P float32 masters, and c P for the layers where c < 4
///     reference   c P, of which pages of the mapped file are a part too; as the policy where it
///                 follows that; nothing where the objective needs none
///     optimizer   8 P, AdamW's two means in float32
///     gradients   4 P, in all micro-batches of a step but the first
///     work        A + the larger of
///                   the head's chunk: its logits, c bytes each; where logits are capped, three
///                   times its float32 logits (logits, their exponentials and products, for the
///                   statistics)
///                   the widest layer's backward, when the last layer's share of A is gone
///                 and where c < 4, when A is gone, c P of gradients before they are added
///
/// The first micro-batch's gradients come while A goes, so it counts the larger of the two. What
/// the program, libtorch, the tokenizer and the data take is measured in this very process.
package struct MemoryPlan {
    /// One part of the peak.
    package struct Part {
        /// What takes it.
        package var name: String
        /// How much.
        package var byteCount: Double
    }

    /// The parts; they are there together.
    package let parts: [Part]
    /// Rows of the micro-batch that makes the peak.
    package let rowCount: Int

    /// All parts together.
    package var byteCount: Double { parts.reduce(0) { $0 + $1.byteCount } }

    /// What kernels, threads and the allocator take beside tensors: 57 to 83 MB in runs of 13 to 28
    /// million weights with micro-batches of 1,000 rows.
    private static let runtimeByteCount = 70e6

    /// - Parameters:
    ///   - model: the policy, all of whose weights are trained.
    ///   - reference: nil where the objective needs none.
    ///   - preferences: at least one; the first epoch's micro-batches are laid out.
    ///   - programByteCount: what this process had before it read data.
    ///   - dataByteCount: what data and tokenizer added to it.
    package init(
        _ model: ModelOutline,
        reference: ModelOutline?,
        preferences: PreferenceDataset,
        configuration: DPOConfiguration,
        programByteCount: Int,
        dataByteCount: Int
    ) {
        let weights = Double(model.parameterCount)
        let referenceWeights = Double(reference?.parameterCount ?? 0)
        let width = Double(configuration.dtype.byteCount)
        let gradients = 4 * weights
        let values = width < 4 ? width : 0
        let unadded = values * weights
        // One that follows the policy has weights as the policy has.
        let ofReference = configuration.referenceSync == nil ? width : 4 + values

        var peak = (work: Work(), collected: 0.0, total: 0.0)
        for step in Self.steps(model, reference, preferences, configuration) {
            for (index, batch) in step.enumerated() {
                let work = Work(batch, model, width)
                let collected = index == 0 ? 0 : gradients
                // At the backward's end: the gradients, and the room that activations left.
                let end = max(gradients - collected + unadded - work.total, 0)
                let total = work.total + collected + end
                if total > peak.total { peak = (work, collected + end, total) }
            }
        }
        rowCount = peak.work.rowCount
        parts = [
            Part(name: "policy, float32 masters", byteCount: 4 * weights),
            Part(
                name: "policy, \(configuration.dtype.rawValue) values",
                byteCount: unadded
            ),
            Part(name: "reference", byteCount: ofReference * referenceWeights),
            Part(name: "gradients", byteCount: peak.collected),
            Part(name: "optimizer", byteCount: 8 * weights),
            Part(name: "activations", byteCount: peak.work.kept),
            Part(name: "head or backward", byteCount: peak.work.transient),
            Part(
                name: "program and libtorch",
                byteCount: Double(programByteCount) + Self.runtimeByteCount
            ),
            Part(name: "data and tokenizer", byteCount: Double(dataByteCount)),
        ].filter { $0.byteCount > 0 }
    }

    /// What a micro-batch takes while it is computed.
    private struct Work {
        var rowCount = 0
        var kept = 0.0
        var transient = 0.0
        var total: Double { kept + transient }

        init() {}

        init(_ batch: PackedBatch, _ model: ModelOutline, _ width: Double) {
            let (rows, entries) = (batch.tokens.count, batch.targets.count)
            rowCount = rows
            kept = width * model.keptCount(rows: rows, entries: entries)
            let logits = min(
                4 * Double(entries) * Double(model.vocabularySize),
                Double(TokenScores.chunkByteCount)
            )
            let head = logits * (model.capsLogits ? 3 : width / 4)
            let backward = width * model.workingCount(rows: rows, entries: entries)
            transient = max(head, backward)
        }
    }

    /// The micro-batches of each step of the first epoch.
    private static func steps(
        _ model: ModelOutline,
        _ reference: ModelOutline?,
        _ preferences: PreferenceDataset,
        _ configuration: DPOConfiguration
    ) -> [[PackedBatch]] {
        let count = preferences.count
        let order = EpochOrder(count: count, seed: configuration.seed)
        let indices = configuration.shuffles ? order.indices(epoch: 0) : Array(0..<count)
        func lengthClass(_ length: Int) -> Int {
            max(model.lengthClass(length), reference?.lengthClass(length) ?? 0)
        }
        let coefficient = configuration.routerLossCoefficient ?? model.routerLoss?.coefficient
        let isReadWhole = model.routerLoss != nil && coefficient ?? 0 > 0
        let starts = stride(from: 0, to: count, by: configuration.batchSize)
        return starts.prefix(configuration.maximumSteps ?? .max).map { start in
            let end = min(start + configuration.batchSize, count)
            let groups = indices[start..<end].map { index in
                preferences[index].sequences.map {
                    var sequence = $0
                    sequence.isReadWhole = isReadWhole
                    return sequence
                }
            }
            let ranges = PackedBatch.microBatches(
                of: groups,
                tokenLimit: configuration.microBatchTokens,
                sharingPrefixes: configuration.sharesPrefixes,
                lengthClass: lengthClass
            )
            return ranges.map {
                PackedBatch(
                    groups: Array(groups[$0]),
                    sharingPrefixes: configuration.sharesPrefixes,
                    lengthClass: lengthClass
                )
            }
        }
    }
}
