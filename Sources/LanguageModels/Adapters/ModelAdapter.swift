import Foundation
package import OrderedJSON
import RandomNumbers
import Torch

/// Where the weights of an adapter come from.
public enum AdapterSource {
    /// A new one that changes nothing yet: A is random, B zero.
    case new(AdapterConfiguration, seed: UInt64)
    /// One that was saved.
    case saved(AdapterFolder)

    var configuration: AdapterConfiguration {
        switch self {
        case .new(let configuration, _): configuration
        case .saved(let folder): folder.configuration
        }
    }
}

/// A model's low-rank adapter: what is trained beside weights that stay as they are.
public final class ModelAdapter {
    /// How it is built.
    public private(set) var configuration: AdapterConfiguration
    /// Its weights, in the order of the layers, under PEFT's names.
    public private(set) var parameters: [Parameter] = []

    /// What the layers compute with, and whether they drop anything.
    let mode = ComputeMode()
    /// The layers that are adapted, by the names of their weights.
    private(set) var layers: [(weight: String, layer: LowRankAdapter)] = []

    /// What was asked of one that only records: the layers that are adapted.
    private(set) var outlines: [AdaptedLayerOutline] = []

    private let isRecording: Bool
    private let source: AdapterSource
    private let store: ParameterStore?
    private let options: ParameterStore.Options
    /// The model's folder.
    private let base: String
    private var linearModules: [String] = []
    private var isTransposed = false

    /// - Parameters:
    ///   - base: the model's folder.
    ///   - isRecording: whether layers are only noted in `outlines`, and get no weights.
    init(
        _ source: AdapterSource,
        base: String,
        _ options: ParameterStore.Options,
        isRecording: Bool = false
    ) throws {
        self.source = source
        self.isRecording = isRecording
        self.options = options
        self.base = base
        configuration = source.configuration
        switch source {
        case .new:
            store = nil
            if configuration.baseModel == nil { configuration.baseModel = base }
        case .saved(let folder):
            store = ParameterStore(try folder.weights, path: folder.url.path, options: options)
        }
    }

    /// Whether dropout makes the policy unlike its reference before anything is trained.
    ///
    /// What a new adapter adds is zero whatever is dropped.
    public var startsApart: Bool { store != nil && configuration.dropout > 0 }

    /// Makes what a linear layer adds to its weight, or nil where it is not adapted.
    ///
    /// - Parameters:
    ///   - module: the layer's name in Hugging Face's model.
    ///   - weightName: under which the layer's weight is saved.
    ///   - weight: `[outputs, inputs]`, or `[inputs, outputs]`.
    func layer(
        _ module: String,
        weightName: String,
        _ weight: Tensor,
        layout: Linear.Layout,
        inputs: Int,
        outputs: Int
    ) throws -> LowRankAdapter? {
        linearModules.append(module)
        guard configuration.adapts(module) else { return nil }
        if isRecording {
            try record(
                module,
                AdaptedLayerOutline(
                    weight: weightName,
                    inputs: inputs,
                    outputs: outputs,
                    rank: configuration.rank(of: module),
                    hasMagnitude: configuration.usesDoRA
                )
            )
        }
        guard weight.count == inputs * outputs else { return nil }
        if layout == .inputsFirst { isTransposed = true }
        let rank = configuration.rank(of: module)
        let name = Self.prefix(module)
        let scale = configuration.scale(of: module)
        let down = try parameter("\(name)A.weight", [rank, inputs], options.dtype) {
            try initialDown(module, rank: rank, inputs: inputs)
        }
        let up = try parameter("\(name)B.weight", [outputs, rank], options.dtype) {
            try .zeros([outputs, rank], .float32)
        }
        // Rows' lengths stay in float32: 16 bits would change a new adapter's model.
        let magnitude =
            configuration.usesDoRA
            ? try parameter("\(name)magnitude_vector", [outputs], .float32) {
                try LowRankAdapter.rowNorms(layout.outputsFirst(weight))
            } : nil
        let layer = try LowRankAdapter(
            down: down,
            up: up,
            magnitude: magnitude,
            scale: scale,
            layout: layout,
            dropout: Dropout(module, share: configuration.dropout),
            keepsStart: options.isTrained && store != nil,
            mode: mode
        )
        layers.append((weightName, layer))
        return layer
    }

    /// How the names of a layer's weights begin.
    private static func prefix(_ module: String) -> String { "base_model.model.\(module).lora_" }

    /// Notes a layer, for which a saved adapter must have weights.
    private func record(_ module: String, _ layer: AdaptedLayerOutline) throws {
        let name = Self.prefix(module)
        try store?.require("\(name)A.weight", shape: [layer.rank, layer.inputs])
        try store?.require("\(name)B.weight", shape: [layer.outputs, layer.rank])
        outlines.append(layer)
    }

    /// Refuses a name of targets that means a router or an expert's projection, which get none.
    ///
    /// Transformers 5 keeps them as tensors that are no linear layers, so PEFT passes them over.
    func refuseTarget(_ module: String) throws {
        guard case .new = source, case .names(let names) = configuration.targets,
            configuration.adapts(module)
        else { return }
        let target = names.first { module.hasSuffix($0) } ?? module
        throw ModelError(path: base, .targetInExperts(target, module: module))
    }

    /// Takes a saved weight, or makes a new one.
    private func parameter(
        _ name: String,
        _ shape: [Int],
        _ dtype: DType,
        initial: () throws -> Tensor
    ) throws -> Parameter {
        let parameter: Parameter
        if let store {
            parameter = try store.parameter(name, shape: shape, dtype: dtype)
        } else {
            let master = try initial().to(.float32, on: options.device)
            let value = try master.to(dtype)
            try value.setRequiresGradient(true)
            parameter = Parameter(name: name, master: master, value: value)
        }
        parameters.append(parameter)
        return parameter
    }

    /// A's beginning as in PEFT (`kaiming_uniform_` with a = √5): even between ±1/√inputs.
    ///
    /// From a generator of our own: a seed means the same everywhere.
    private func initialDown(_ module: String, rank: Int, inputs: Int) throws -> Tensor {
        guard case .new(_, let seed) = source else { return try .zeros([rank, inputs], .float32) }
        var generator = SplitMix64(state: SplitMix64.mix(seed) ^ Dropout.hash(module))
        let bound = 1 / Float(inputs).squareRoot()
        let numbers = (0..<rank * inputs).map { _ in
            // The upper 24 bits: as many as a float holds.
            (Float(generator.next() >> 40) / Float(1 << 23) - 1) * bound
        }
        return try Tensor(numbers, shape: [rank, inputs])
    }

    /// Closes the account.
    ///
    /// - Throws: `ModelError` where a target is no layer of the model, or the file does not fit it.
    func finish() throws {
        if case .new(let new, _) = source, case .names(let names) = new.targets {
            let strange = names.filter { name in
                !linearModules.contains { $0 == name || $0.hasSuffix(".\(name)") }
            }
            try require(strange.isEmpty, strange)
        }
        switch configuration.targets {
        case .allLinear: break
        case .names(let names): try require(isUsed, names)
        case .pattern(let pattern): try require(isUsed, [pattern.text])
        }
        if !isRecording { _ = try store?.finish() }
    }

    private var isUsed: Bool { !layers.isEmpty || !outlines.isEmpty }

    private func require(_ isMet: Bool, _ targets: [String]) throws {
        guard !isMet else { return }
        let known = linearModules.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
        throw ModelError(
            path: store?.path ?? base,
            .noSuchTargets(found: targets, known: Set(known).sorted())
        )
    }

    /// An error about the adapter's file as one that says for which model it was made.
    func fitting(_ error: ModelError) -> ModelError {
        guard let store, error.path == store.path else { return error }
        switch error.kind {
        case .missing, .wrongShape, .unused, .noSuchTargets:
            return ModelError(
                path: store.path,
                .adapterOfOtherBase(
                    madeFor: configuration.baseModel,
                    base: base,
                    problem: error.kind.words
                )
            )
        default: return error
        }
    }

    /// adapter_config.json for this adapter.
    package var savedConfiguration: JSONObject {
        configuration.json(modules: linearModules, isTransposed: isTransposed)
    }
}
