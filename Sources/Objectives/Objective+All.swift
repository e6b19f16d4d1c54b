extension Objective {
    /// Every objective there is, in the order in which they are listed.
    public static let all: [Objective] = [
        // Pairs, with a reference.
        .sigmoid, .cdpo, .robust, .hinge, .ipo, .ipoSum, .sigmoidNorm, .dpop, .exoPair, .ncaPair,
        .bcoPair, .bcoPairShifted, .sppoHard, .aot, .aotUnpaired, .apoZero, .apoDown, .discopop,
        .tokenSigmoidNotebook, .tokenIPONotebook,
        // Pairs, without one.
        .sft, .simpo, .orpo, .cpo, .alphapo, .slic,
        // Labelled answers.
        .kto, .bco, .apoZeroUnpaired, .nll,
        // Rankings.
        .plackettLuce, .allPairs,
    ]

    /// The objective of a name, or nil where there is none.
    public static func named(_ name: String) -> Objective? { all.first { $0.name == name } }
}
