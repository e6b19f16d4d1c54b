// Follows transformers 5.23, models/mixtral/modeling_mixtral.py and
// models/qwen3_moe/modeling_qwen3_moe.py.
import Torch

/// A feed-forward block of many, of which each row goes through a few that a router chooses.
///
/// Their results are added, each times its probability. The router's softmax is taken in float32.
struct MixtureOfExperts: FeedForward {
    /// What models do differently.
    struct Options: Sendable {
        /// How many experts there are.
        var expertCount: Int
        /// How many of them a row goes through.
        var choiceCount: Int
        /// Numbers between the two halves of an expert.
        var intermediateSize: Int
        /// Whether the probabilities of the chosen experts are made to add up to 1.
        var normalizes: Bool
        /// How many experts all rows go through beside the chosen ones.
        var sharedCount = 0
        /// The names of an expert's projections.
        var names = (gate: "gate_proj", up: "up_proj", down: "down_proj")
    }

    private struct Expert {
        let gate, up, down: Tensor
    }

    private let path: String
    /// `[experts, hidden]`.
    private let router: Tensor
    private let experts: [Expert]
    private let shared: [GatedMLP]
    private let activation: Activation
    private let options: Options

    init(_ parameters: ParameterScope, _ shape: DecoderShape, _ options: Options) throws {
        let (hidden, intermediate) = (shape.hiddenSize, options.intermediateSize)
        path = parameters.path
        router = try parameters["gate"].tensor("weight", shape: [options.expertCount, hidden])
        try Self.refuseAdapter(parameters["gate"])
        // Not by `map`, which makes room for all before the first is found missing.
        var experts: [Expert] = []
        for index in 0..<options.expertCount {
            let scope = parameters["experts"]["\(index)"]
            for name in [options.names.gate, options.names.up, options.names.down] {
                try Self.refuseAdapter(scope[name])
            }
            let (into, back) = ([intermediate, hidden], [hidden, intermediate])
            experts.append(
                Expert(
                    gate: try scope[options.names.gate].tensor("weight", shape: into),
                    up: try scope[options.names.up].tensor("weight", shape: into),
                    down: try scope[options.names.down].tensor("weight", shape: back)
                )
            )
        }
        self.experts = experts
        var shared: [GatedMLP] = []
        for index in 0..<options.sharedCount {
            shared.append(try GatedMLP(parameters["shared_experts"]["\(index)"], shape))
        }
        self.shared = shared
        activation = shape.activation
        self.options = options
    }

    /// Routers and experts get no adapter.
    private static func refuseAdapter(_ module: ParameterScope) throws {
        try module.store.adapter?.refuseTarget(module.store.modulePrefix + module.path)
    }

    /// Two projections of each chosen expert, the probabilities, and the experts for all rows.
    var keptCount: Int {
        options.choiceCount * 2 * options.intermediateSize + options.expertCount
            + shared.reduce(0) { $0 + $1.keptCount }
    }

    func callAsFunction(_ x: Tensor) throws -> Tensor { try self(x, rows: nil, nil) }

    /// - Parameters:
    ///   - x: `[sequence, hidden]`, compute dtype.
    ///   - rows: the rows whose result is wanted, `[n]`; all where nil.
    ///   - trace: takes what the router does with all rows.
    /// - Returns: `[n, hidden]`, same dtype.
    func callAsFunction(_ x: Tensor, rows: Tensor?, _ trace: RouterTrace?) throws -> Tensor {
        try NumberInspection.module(path, x) { try results($0, rows: rows, trace) }
    }

    private func results(_ x: Tensor, rows: Tensor?, _ trace: RouterTrace?) throws -> Tensor {
        var (x, probabilities) = (x, try x.linear(router).to(.float32).softmax(dimension: 1))
        var choices = try choose(probabilities)
        try trace?.add(probabilities, choices)
        if let rows {
            x = try x.selected(rows)
            probabilities = try probabilities.selected(rows)
            choices = try choose(probabilities)
        }
        let indices = try Tensor(
            choices.experts,
            shape: [x.shape[0], choices.count],
            on: x.device
        )
        var weights = try probabilities.gathered(at: indices, dimension: 1)
        if options.normalizes {
            weights = try weights / weights.sum(dimensions: [1], keepingDimensions: true)
        }
        var result = try mixed(x, weights.to(x.dtype).reshaped([-1]), choices)
        for expert in shared { result = try result + expert(x) }
        return result
    }

    private func choose(_ probabilities: Tensor) throws -> ExpertChoices {
        ExpertChoices(
            try probabilities.detached().to(on: .cpu).elements(as: Float.self),
            expertCount: options.expertCount,
            count: options.choiceCount
        )
    }

    /// The sum of what a row's experts make of it, each times its weight.
    ///
    /// With a backward of its own that keeps two numbers between the halves of an expert for each
    /// row. With the gradient g of a row's result, y = down · z that of an expert and w its weight:
    /// ∂w = g · y = (downᵀ · g) · z, and ∂z = w · downᵀ · g.
    ///
    /// - Parameter weights: `[rows · choices]`.
    private func mixed(
        _ x: Tensor,
        _ weights: Tensor,
        _ choices: ExpertChoices
    ) throws(TorchError) -> Tensor {
        var groups: [Group] = []
        for (expert, places) in zip(experts, choices.places) where !places.isEmpty {
            groups.append(try Group(expert, places, choices.count, on: x.device))
        }
        let projections = groups.flatMap { [$0.expert.gate, $0.expert.up, $0.expert.down] }
        return try withCustomGradient([x, weights] + projections) { () throws(TorchError) in
            let result = try Tensor.zeros(x.shape, x.dtype, on: x.device)
            var kept: [(gate: Tensor, up: Tensor)] = []
            for group in groups {
                let states = try x.selected(group.rows)
                let gate = try states.linear(group.expert.gate)
                let up = try states.linear(group.expert.up)
                let bent = try activation(gate)
                try bent.multiplyInPlace(up)
                let output = try bent.linear(group.expert.down)
                try output.multiplyInPlace(weights.selected(group.places).expanded(at: 1))
                try result.addInPlace(output, at: group.rows)
                kept.append((gate, up))
            }
            return CustomGradient([result]) { (gradients, isAsked) throws(TorchError) in
                let xGradient = try Tensor.zeros(x.shape, x.dtype, on: x.device)
                let weightsGradient = try Tensor.zeros(weights.shape, x.dtype, on: x.device)
                var all: [Tensor?] = [xGradient, weightsGradient]
                for (group, (gate, up)) in zip(groups, kept) {
                    // Of frozen experts none is asked for.
                    let isTrained = isAsked[all.count..<all.count + 3].contains(true)
                    let outer = try gradients[0].selected(group.rows)
                    let weight = try weights.selected(group.places).expanded(at: 1)
                    let bent = try activation(gate)
                    let inner = try outer.matrixProduct(group.expert.down)
                    try weightsGradient.addInPlace(
                        (inner * bent * up).sum(dimensions: [1]),
                        at: group.places
                    )
                    try inner.multiplyInPlace(weight)
                    try outer.multiplyInPlace(weight)
                    let upGradient = try inner * bent
                    let gateGradient = try activation.gradient(gate, inner * up)
                    if isTrained {
                        try bent.multiplyInPlace(up)
                        let states = try x.selected(group.rows)
                        all.append(try gateGradient.transposed.matrixProduct(states))
                        all.append(try upGradient.transposed.matrixProduct(states))
                        all.append(try outer.transposed.matrixProduct(bent))
                    } else {
                        all += [nil, nil, nil]
                    }
                    try xGradient.addInPlace(
                        gateGradient.matrixProduct(group.expert.gate)
                            + upGradient.matrixProduct(group.expert.up),
                        at: group.rows
                    )
                }
                return all
            }
        }[0]
    }

    /// The rows of an expert.
    private struct Group {
        let expert: Expert
        /// `[n]`: the rows, and their places among all rows' choices.
        let rows, places: Tensor

        init(
            _ expert: Expert,
            _ places: [Int32],
            _ count: Int,
            on device: Device
        ) throws(TorchError) {
            self.expert = expert
            rows = try Tensor(places.map { $0 / Int32(count) }, on: device)
            self.places = try Tensor(places, on: device)
        }
    }
}

extension MixtureOfExperts.Options {
    /// Refuses more choices than there are experts.
    func check(_ file: ConfigurationReader) throws {
        try file.require(
            "num_experts_per_tok",
            choiceCount <= expertCount,
            "there are \(expertCount) experts"
        )
    }
}
