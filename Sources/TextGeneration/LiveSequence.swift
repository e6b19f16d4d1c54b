import LanguageModels
import Tokenizers

/// A prompt that is being continued.
struct LiveSequence {
    /// The number of the prompt.
    let number: Int
    let sequence: CachedSequence
    var sampler: TokenSampler
    /// Why it ends; nil where it goes on.
    var end: Completion.End?

    private var decoder: StreamingDecoder
    private var scanner: StopScanner
    private var result = Completion()

    init(
        _ number: Int,
        _ prompt: GenerationPrompt,
        _ tokenizer: Tokenizer,
        _ settings: GenerationSettings
    ) {
        self.number = number
        sequence = prompt.sequence ?? CachedSequence()
        sequence.replaceTokens(with: prompt.tokens)
        sampler = TokenSampler(settings, stream: number)
        scanner = StopScanner(settings.stopStrings)
        decoder = StreamingDecoder(tokenizer)
        if prompt.continuesText {
            for token in prompt.tokens { _ = decoder.append(token) }
        }
    }

    /// Takes the token that was chosen.
    ///
    /// - Parameter limit: how many positions the model has.
    /// - Returns: the text that is certain now.
    mutating func take(_ token: Int32, _ settings: GenerationSettings, limit: Int?) -> String {
        result.tokens.append(token)
        sequence.append(token)
        var text = ""
        if settings.endTokens.contains(token) {
            end = .endToken
        } else {
            let scanned = scanner.append(decoder.append(token))
            text = scanned.text
            if scanned.isEnd {
                end = .stopString
            } else if result.tokens.count >= settings.maximumNewTokens
                || sequence.tokens.count > limit ?? .max
            {
                end = .length
            }
        }
        if end == .endToken || end == .length {
            let scanned = scanner.append(decoder.finish())
            text += scanned.text
            if scanned.isEnd { end = .stopString } else { text += scanner.finish() }
        }
        result.text += text
        return text
    }

    /// The answer, where it has ended.
    var completion: Completion? {
        guard let end else { return nil }
        var completion = result
        completion.end = end
        return completion
    }
}
