/// How a low-rank adapter (LoRA, arXiv:2106.09685) is built, in the terms of PEFT.
///
/// A matrix W `[outputs, inputs]` that is adapted becomes W + scale · B·A with A `[rank, inputs]`
/// and B `[outputs, rank]`.
public struct AdapterConfiguration: Sendable, Equatable {
    /// Which matrices are adapted, told by the names of their modules such as
    /// "model.layers.0.self_attn.q_proj".
    public enum Targets: Sendable, Equatable {
        /// All that are linear layers, but not the vocabulary matrix.
        case allLinear
        /// Those that have one of the names, or end in a dot and one of them.
        case names([String])
        /// Those whose whole name matches.
        case pattern(NamePattern)
    }

    /// A number for the modules whose names end in a pattern.
    struct Override: Sendable, Equatable {
        var pattern: NamePattern
        var value: Double
    }

    /// Rows of A and columns of B, at least 1.
    public var rank: Int
    /// What `scale` is made of.
    public var alpha: Double
    /// How much of a layer's input A does not see in training, from 0 to below 1.
    public var dropout: Double
    /// Which matrices are adapted.
    public var targets: Targets
    /// Whether the scale is alpha / √rank (rsLoRA, arXiv:2312.03732) rather than alpha / rank.
    public var usesRSLoRA: Bool
    /// Whether each row of the sum is brought to a trained length (DoRA, arXiv:2402.09353).
    public var usesDoRA: Bool
    /// The model that the adapter was made for, by name or path; nil where nobody says.
    public var baseModel: String?
    /// Other ranks and alphas of some modules; the first that matches holds.
    var ranks: [Override] = []
    var alphas: [Override] = []

    /// Makes a configuration.
    public init(
        rank: Int = 16,
        alpha: Double = 32,
        dropout: Double = 0,
        targets: Targets = .allLinear,
        usesRSLoRA: Bool = false,
        usesDoRA: Bool = false,
        baseModel: String? = nil
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.targets = targets
        self.usesRSLoRA = usesRSLoRA
        self.usesDoRA = usesDoRA
        self.baseModel = baseModel
    }

    /// Whether a module is adapted.
    func adapts(_ module: String) -> Bool {
        switch targets {
        case .allLinear: true
        case .names(let names):
            names.contains { module == $0 || module.hasSuffix(".\($0)") }
        case .pattern(let pattern): pattern.matches(module)
        }
    }

    /// The rank of a module's factors.
    func rank(of module: String) -> Int {
        ranks.first { $0.pattern.matches(module) }.map { Int($0.value) } ?? rank
    }

    /// What a module's B·A is multiplied with.
    func scale(of module: String) -> Double {
        let alpha = alphas.first { $0.pattern.matches(module) }?.value ?? alpha
        let rank = Double(rank(of: module))
        return usesRSLoRA ? alpha / rank.squareRoot() : alpha / rank
    }
}
