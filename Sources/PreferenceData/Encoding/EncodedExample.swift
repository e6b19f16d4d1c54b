/// The answers to a prompt as tokens, of any length.
package struct EncodedExample: Sendable, Equatable {
    /// A prompt with an answer.
    package struct Sequence: Sendable, Equatable {
        package var tokens: [Int32]
        /// Positions of the tokens that are to be scored: ascending, disjoint; position 0 may be
        /// among them, though nothing predicts it.
        package var scored: [Range<Int>]
        /// Tokens of the prompt that were cut off.
        package var cutPromptTokens = 0
        /// Tokens of the answer that were cut off.
        package var cutAnswerTokens = 0
        /// Whether the answer lost its end.
        package var lostItsEnd = false

        package init(tokens: [Int32], scored: [Range<Int>]) {
            self.tokens = tokens
            self.scored = scored
        }
    }

    /// How many tokens, from the beginning of all sequences, are the prompt's.
    package var promptLength: Int
    /// The prompt with each answer, in the order of the example's answers.
    package var sequences: [Sequence]
    /// Tokens of the prompt alone that are not in the prompt's part of the sequences.
    package var boundaryShift = 0
    /// Answers to which the text that ends an answer was appended.
    package var endOfTextAppended = 0
    /// Answers without an end.
    package var endOfTextMissing = 0
    /// Whether empty thinking was deleted.
    package var lostEmptyThinking = false
}
