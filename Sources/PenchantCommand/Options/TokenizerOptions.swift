public import ArgumentParser
public import Tokenizers

/// How text becomes token ids.
struct TokenizerOptions: ParsableArguments {
    @Option(
        name: .customLong("tokenizer-behaviour"),
        help: """
            Whose word holds where they differ: tokenizer.json (file), or what transformers' \
            tokenizer class makes of the folder (transformers).
            """
    )
    var behaviour: TokenizerBehaviour = .file
}

extension TokenizerBehaviour: ExpressibleByArgument {}
