/// Which layers of a decoder see only a window of positions.
struct LayerWindows: Sendable, Equatable {
    /// How many positions the sliding layers see (`sliding_window`).
    private let window: Int?
    /// Per layer, where the file lists them (`layer_types`), whether it slides.
    private let listed: [Bool]?
    /// Which layers slide where it does not.
    private let pattern: Pattern

    /// Which layers of a model slide.
    enum Pattern: Sendable, Equatable {
        /// From this layer on, all do.
        case from(Int)
        /// Of each group of so many layers, all but the last do.
        case allButEvery(Int)
    }

    /// - Parameter window: nil where no layer slides.
    /// - Throws: `ModelError` where the list does not fit the layers.
    init(
        _ file: ConfigurationReader,
        _ shape: DecoderShape,
        window: Int?,
        pattern: Pattern
    ) throws {
        self.window = window
        self.pattern = pattern
        let key = "layer_types"
        guard let types = try file.strings(key) else {
            listed = nil
            return
        }
        try file.require(
            key,
            types.count == shape.layerCount,
            "one for each of the \(shape.layerCount) layers is needed"
        )
        try file.require(
            key,
            types.allSatisfy { ["full_attention", "sliding_attention"].contains($0) },
            "known are full_attention, sliding_attention"
        )
        let listed = types.map { $0 == "sliding_attention" }
        try file.require(
            "sliding_window",
            window != nil || !listed.contains(true),
            "layer_types asks for a window"
        )
        self.listed = listed
    }

    /// Whether a layer sees only a window.
    func isSliding(_ layer: Int) -> Bool {
        guard window != nil else { return false }
        if let listed { return listed[layer] }
        switch pattern {
        case .from(let first): return layer >= first
        case .allButEvery(let count): return (layer + 1) % count != 0
        }
    }

    /// The window of a layer; nil where it sees everything.
    subscript(layer: Int) -> Int? { isSliding(layer) ? window : nil }
}
