public import Tokenizers

extension Tokenizer: TextEncoder {}
