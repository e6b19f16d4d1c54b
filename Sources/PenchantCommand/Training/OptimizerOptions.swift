import ArgumentParser
import Files
import PreferenceOptimization
import Torch

/// The flags that choose an optimizer.
struct OptimizerOptions: ParsableArguments {
    /// The optimizers, by their names on the command line.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case adamw, sgd, rmsprop, adafactor
    }

    @Option(help: "What changes the weights.")
    var optimizer = Kind.adamw

    @Option(
        help: """
            Weight decay: the share of the learning rate by which weights shrink (adamw, \
            adafactor), or what is added of them to their gradients (sgd, rmsprop).
            """
    )
    var weightDecay = 0.0

    @Flag(
        inversion: .prefixedNo,
        help: "Weights of one dimension, which norms and biases have, decay too."
    )
    var decayNormsBiases = true

    @Option(help: "How much of the gradient's running mean stays (adamw; default: 0.9).")
    var adamBeta1: Double?

    @Option(help: "How much of the squared gradient's running mean stays (adamw; default: 0.999).")
    var adamBeta2: Double?

    @Option(help: "What keeps the denominator from 0 (adamw; default: 1e-8).")
    var adamEpsilon: Double?

    @Option(help: "What an update keeps of those before it (sgd, rmsprop; default: 0).")
    var momentum: Double?

    @Flag(inversion: .prefixedNo, help: "Nesterov's form of momentum (sgd).")
    var nesterov = false

    @Option(help: "How much of the squared gradient's running mean stays (rmsprop; default: 0.99).")
    var rmspropAlpha: Double?

    @Option(help: "What keeps the denominator from 0 (rmsprop; default: 1e-8).")
    var rmspropEpsilon: Double?

    @Option(
        help: "Running means keep 1 - t^rate of the past at update t (adafactor; default: -0.8)."
    )
    var adafactorDecayRate: Double?

    @Option(help: "Largest root mean square of an update (adafactor; default: 1).")
    var adafactorClipThreshold: Double?

    /// What the flags choose.
    ///
    /// - Throws: `SettingError` for a flag that the optimizer would ignore.
    func selection() throws -> OptimizerSelection {
        try requireUse("adam-beta1", adamBeta1, by: .adamw)
        try requireUse("adam-beta2", adamBeta2, by: .adamw)
        try requireUse("adam-epsilon", adamEpsilon, by: .adamw)
        try requireUse("momentum", momentum, by: .sgd, .rmsprop)
        try requireUse("nesterov", nesterov ? "on" : nil, by: .sgd)
        try requireUse("rmsprop-alpha", rmspropAlpha, by: .rmsprop)
        try requireUse("rmsprop-epsilon", rmspropEpsilon, by: .rmsprop)
        try requireUse("adafactor-decay-rate", adafactorDecayRate, by: .adafactor)
        try requireUse("adafactor-clip-threshold", adafactorClipThreshold, by: .adafactor)
        return OptimizerSelection(
            kind,
            weightDecay: weightDecay,
            decaysNormsAndBiases: decayNormsBiases
        )
    }

    private var kind: OptimizerSelection.Kind {
        switch optimizer {
        case .adamw:
            var settings = AdamW.Settings()
            if let adamBeta1 { settings.beta1 = adamBeta1 }
            if let adamBeta2 { settings.beta2 = adamBeta2 }
            if let adamEpsilon { settings.epsilon = adamEpsilon }
            return .adamW(settings)
        case .sgd:
            return .sgd(SGD.Settings(momentum: momentum ?? 0, usesNesterov: nesterov))
        case .rmsprop:
            var settings = RMSprop.Settings()
            if let rmspropAlpha { settings.alpha = rmspropAlpha }
            if let rmspropEpsilon { settings.epsilon = rmspropEpsilon }
            if let momentum { settings.momentum = momentum }
            return .rmsprop(settings)
        case .adafactor:
            var settings = Adafactor.Settings()
            if let adafactorDecayRate { settings.decayRate = adafactorDecayRate }
            if let adafactorClipThreshold { settings.clipThreshold = adafactorClipThreshold }
            return .adafactor(settings)
        }
    }

    /// Refuses a flag that the optimizer would ignore.
    private func requireUse(_ name: String, _ value: (some Any)?, by kinds: Kind...) throws {
        guard let value, !kinds.contains(optimizer) else { return }
        throw SettingError(
            name,
            found: "\(value), which \(optimizer.rawValue) would ignore",
            allowed: "--optimizer " + kinds.map(\.rawValue).joined(separator: " or ")
        )
    }
}
