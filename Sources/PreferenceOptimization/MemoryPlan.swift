package import LanguageModels
package import PreferenceData
import TokenTrees
import Torch

/// The memory that training will take at its peak, told before anything is loaded.
///
/// With P weights of which T are trained (or T numbers of an adapter), c bytes of a number of the
/// compute dtype, and for each micro-batch A, what its forward keeps (`ModelOutline.keptCount`,
/// times c):
///
///     policy      c of each frozen weight: pages of the mapped file, where that has them in the
///                 compute dtype; 4 T float32 masters, and c T for the layers where c < 4
///     reference   c P, of which pages of the mapped file are a part too; as the policy where it
///                 follows that; nothing where the objective needs none or the policy is it, with
///                 its adapter off
///     average     4 T, where one is kept of the weights
///     optimizer   8 T, AdamW's two means in float32; SGD 0, RMSprop 4, momentum 4 T more
///     gradients   4 T, in all micro-batches of a step but the first
///     work        A + the gradient of the vocabulary's matrix, which comes before the others, in the
///                 first micro-batch, and in all where c < 4; + the largest of
///                   the head's chunk: its logits, c bytes each; where logits are capped, three
///                   times its float32 logits (logits, their exponentials and products, for the
///                   statistics)
///                   the widest layer's backward, with what it computes again, when the last
///                   layer's share of A is gone
///                   a forward that keeps nothing, as far as it is more than A
///                 and beside these 50 bytes of each number that dropout has a mask for, in its widest
///                 layer: the mask, what it is drawn from, and products, as far as the allocator
///                 does not use one's room for another. (Measured, in float32: 49 of an adapter's,
///                 53 of a GPT-2's. What attention that drops writes out is not counted.)
///
/// Where all that lies in a file (`--offload`), of weights, gradients, optimizer and average only the
/// vocabulary's matrix and its gradient are there at once, in the widest moment.
///
/// The first micro-batch's gradients come while A goes, so it counts the larger of the two; where
/// layers compute again, what one has for that is there beside the gradients to the end, and the
/// allocator keeps as much again, for what is kept and gradients lie between what is freed. What
/// the program, libtorch, the tokenizer and the data take is measured in this very process.
///
/// The micro-batches of the whole first epoch are gone through by the lengths of their sequences,
/// which the prepared data have beside the tokens; where a step has a prompt more than once, it is
/// laid out.
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

    /// What kernels and threads take beside tensors, and the most that the allocator keeps of freed work.
    ///
    /// Together they were 136 to 168 MB in five runs of 26 million weights, all trained or an adapter,
    /// in 32 and 16 bits. Where layers compute again the allocator keeps `Work.atEnd` more.
    private static let (runtimeByteCount, mostKeptFree) = (70e6, 80e6)

    /// - Parameters:
    ///   - model: the policy.
    ///   - reference: nil where the objective needs none, or it is the policy with its adapter off.
    ///   - keepsStart: whether the reference is the adapter as it is before training.
    ///   - preferences: at least one.
    ///   - offloads: whether weights and what is kept of them lie in a file.
    ///   - programByteCount: what this process had before it read data.
    ///   - dataByteCount: what data and tokenizer added to it.
    package init(
        _ model: ModelOutline,
        reference: ModelOutline?,
        keepsStart: Bool = false,
        preferences: PreferenceDataset,
        configuration: TrainingConfiguration,
        offloads: Bool = false,
        programByteCount: Int,
        dataByteCount: Int
    ) {
        let width = Double(configuration.dtype.byteCount)
        let trained = Double(model.adapterCount ?? model.trainedCount)
        let gradients = offloads ? 0 : 4 * trained
        let values = width < 4 ? width : 0
        let start = keepsStart ? width * trained : 0
        let ofReference = reference.map { reference in
            let frozen = configuration.referenceSync == nil ? 0 : reference.trainedCount
            return width * Double(reference.parameterCount - frozen) + (4 + values) * Double(frozen)
        }

        var peak = (work: Work(), collected: 0.0, total: 0.0)
        Self.forEachMicroBatch(model, reference, preferences, configuration) { size, isFirst in
            var work = Work(
                size,
                model,
                width,
                configuration.activationCheckpointing,
                appliesOwn: configuration.modelDropout
            )
            if isFirst || width < 4 || offloads {
                work.headGradient = width * Double(model.trainedHeadCount)
            }
            let collected = isFirst ? 0 : gradients
            // At the backward's end: the gradients, and the room that activations left. In 16 bits
            // the vocabulary's has not become float32 yet.
            let made = gradients - collected + (width < 4 ? work.headGradient : 0)
            let end = max(made + work.atEnd - work.total, 0)
            // Pages of the file take no room that activations left.
            let paged = offloads && width < 4 ? 4 * Double(model.trainedHeadCount) : 0
            let total = work.total + collected + end + paged
            if total > peak.total { peak = (work, collected + end + paged, total) }
        }
        rowCount = peak.work.rowCount
        let name = model.adapterCount == nil ? "policy" : "adapter"
        let frozen = Double(model.parameterCount - model.trainedCount)
        let kept = [
            Part(name: "policy, frozen weights", byteCount: width * frozen),
            Part(name: "\(name), float32 masters", byteCount: 4 * trained),
            Part(
                name: "\(name), \(configuration.dtype.rawValue) values",
                byteCount: values * trained
            ),
            Part(name: "reference", byteCount: (ofReference ?? 0) + start),
            Part(
                name: "average of the weights",
                byteCount: configuration.averageDecay == nil ? 0 : 4 * trained
            ),
            Part(
                name: "optimizer",
                byteCount: configuration.optimizer.keptByteCount * trained
            ),
        ]
        // The embedding is asked for first.
        let vocabulary = width * Double(model.parameters.first?.count ?? 0)
        let all = offloads ? [Part(name: "weights in memory", byteCount: vocabulary)] : kept
        let needed = [
            Part(name: "gradients", byteCount: peak.collected + peak.work.headGradient),
            Part(name: "activations", byteCount: peak.work.kept),
            Part(name: "head or backward", byteCount: peak.work.transient),
            Part(name: "masks of dropout", byteCount: peak.work.masks),
            Part(
                name: "program and libtorch",
                byteCount: Double(programByteCount) + Self.runtimeByteCount
                    + min(Self.mostKeptFree, peak.work.total) + peak.work.atEnd
            ),
            Part(name: "data and tokenizer", byteCount: Double(dataByteCount)),
        ]
        parts = (all + needed).filter { $0.byteCount > 0 }
    }

    /// What a micro-batch takes while it is computed.
    private struct Work {
        var rowCount = 0
        var kept = 0.0
        var transient = 0.0
        var masks = 0.0
        var headGradient = 0.0
        /// What of it is there until the backward's end.
        var atEnd = 0.0
        var total: Double { kept + transient + masks + headGradient }

        init() {}

        init(
            _ size: PreferenceSize,
            _ model: ModelOutline,
            _ width: Double,
            _ checkpointing: ActivationCheckpointing,
            appliesOwn: Bool
        ) {
            let (rows, entries) = (size.rows, size.entries)
            rowCount = rows
            kept = width * model.keptCount(rows: rows, entries: entries, checkpointing)
            atEnd = width * model.endCount(rows: rows, checkpointing)
            let logits = min(
                4 * Double(entries) * Double(model.vocabularySize),
                Double(TokenScores.chunkByteCount)
            )
            let head = logits * (model.capsLogits ? 3 : width / 4)
            let backward =
                width * model.workingCount(rows: rows, entries: entries, checkpointing)
            let passing = width * model.passingCount(rows: rows) - kept
            transient = max(head, backward, passing)
            masks = 50 * model.maskedCount(rows: rows, appliesOwn: appliesOwn)
        }
    }

    /// Goes through the micro-batches of the first epoch's steps.
    ///
    /// - Parameter body: takes a micro-batch's size, and whether it is the first of its step.
    private static func forEachMicroBatch(
        _ model: ModelOutline,
        _ reference: ModelOutline?,
        _ preferences: PreferenceDataset,
        _ configuration: TrainingConfiguration,
        _ body: (PreferenceSize, Bool) -> Void
    ) {
        let coefficient = configuration.routerLossCoefficient ?? model.routerLoss?.coefficient
        let layout = BatchLayout(
            sharesPrefixes: configuration.sharesPrefixes,
            readsWhole: model.routerLoss != nil && coefficient ?? 0 > 0,
            lengthClass: { max(model.lengthClass($0), reference?.lengthClass($0) ?? 0) }
        )
        let steps = configuration.order(of: preferences).steps(epoch: 0)
        for rows in steps.prefix(configuration.maximumSteps ?? .max) {
            let sizes = sizes(of: rows, preferences, layout, configuration.microBatchTokens)
            let ranges = PackedBatch.microBatches(
                rowCounts: sizes.map(\.rows),
                tokenLimit: configuration.microBatchTokens
            )
            for (number, range) in ranges.enumerated() {
                var size = PreferenceSize()
                for part in sizes[range] {
                    size.rows += part.rows
                    size.entries += part.entries
                }
                body(size, number == 0)
            }
        }
    }

    /// How large the parts of a step are, which go through the models in this order.
    private static func sizes(
        of rows: ArraySlice<Int>,
        _ preferences: PreferenceDataset,
        _ layout: BatchLayout,
        _ tokenLimit: Int
    ) -> [PreferenceSize] {
        let prompts = layout.sharesPrefixes ? rows.compactMap(preferences.promptDigest) : []
        guard Set(prompts).count < prompts.count else {
            return rows.map { preferences.size($0, in: layout) }
        }
        return PromptGroup.groups(
            of: rows.map { layout.readsWhole ? preferences[$0].readWhole : preferences[$0] },
            tokenLimit: tokenLimit,
            sharingPrefixes: true,
            lengthClass: layout.lengthClass
        ).map { group in
            let batch = PackedBatch(groups: [group.sequences], lengthClass: layout.lengthClass)
            var size = PreferenceSize()
            (size.rows, size.entries) = (batch.tokens.count, batch.targets.count)
            return size
        }
    }
}
