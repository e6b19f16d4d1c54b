import ArgumentParser
import Foundation
import TextGeneration

/// How tokens are chosen; what is not given is as the model's folder says.
struct SamplingOptions: ParsableArguments {
    @Option(help: "Most tokens of an answer (default: generation_config.json's, or 256).")
    var maxNewTokens: Int?

    @Option(
        help: """
            Divides logits before a token is drawn; 0 takes the most probable token (default: \
            generation_config.json's, or 0).
            """
    )
    var temperature: Double?

    @Option(help: "Draw only from so many most probable tokens.")
    var topK: Int?

    @Option(help: "Draw only from the most probable tokens that together reach this probability.")
    var topP: Double?

    @Option(help: "Draw only tokens at least so probable, relative to the most probable one.")
    var minP: Double?

    @Option(help: "Makes tokens that came before less probable: above 1.")
    var repetitionPenalty: Double?

    @Option(help: "Seed of what is drawn.")
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Text that ends an answer; may be given several times.",
            valueName: "text"
        )
    )
    var stop: [String] = []

    /// The settings for a model, checked; says what of its folder is not followed.
    func settings(for folder: URL) throws -> GenerationSettings {
        var settings = try GenerationSettings(folder: folder)
        let ignored = try GenerationSettings.keysNotFollowed(in: folder)
        if !ignored.isEmpty {
            Console.status(
                "\(folder.path)/generation_config.json: not followed are "
                    + ignored.joined(separator: ", ")
            )
        }
        settings.seed = seed
        settings.maximumNewTokens = maxNewTokens ?? settings.maximumNewTokens
        settings.topK = topK ?? settings.topK
        settings.topP = topP ?? settings.topP
        settings.minP = minP ?? settings.minP
        settings.repetitionPenalty = repetitionPenalty ?? settings.repetitionPenalty
        settings.stopStrings += stop
        if temperature == 0 {
            settings.samples = false
        } else if temperature != nil || topK != nil || topP != nil || minP != nil {
            settings.samples = true
            settings.temperature = temperature ?? settings.temperature
        }
        try settings.validate()
        return settings
    }
}
