package import OrderedJSON

/// Writes what rows say in another form.
///
/// Every row that is written was read back, and says what the example says.
package struct ExampleWriter: Sendable {
    /// Makes text of an example's turns; true for what ends where an answer begins.
    package typealias Rendering =
        @Sendable ([ChatMessage], PreferenceExample, Bool) throws(DataError.Reason) -> String

    let format: DataFormat
    let rendering: Rendering?
    let encoder: ExampleEncoder?

    /// - Parameters:
    ///   - format: the form to write.
    ///   - rendering: a model's chat template; nil where turns cannot become text.
    ///   - encoder: a model's tokenizer; nil where text cannot become token ids.
    package init(
        format: DataFormat,
        rendering: Rendering? = nil,
        encoder: ExampleEncoder? = nil
    ) {
        self.format = format
        self.rendering = rendering
        self.encoder = encoder
    }

    /// The rows that say what an example says, and what they say otherwise.
    ///
    /// - Throws: `inexpressible`; what rendering and encoding throw.
    package func rows(
        _ example: PreferenceExample
    ) throws(DataError.Reason) -> (rows: [JSONObject], changes: Set<ConversionChange>) {
        var changes: Set<ConversionChange> = []
        var rows: [JSONObject] = []
        for example in try judged(example, &changes) {
            let example = try phrased(example, &changes)
            var row = try members(of: example)
            // Those of a ranking stand beside its answers.
            if format != .ranked { row.members += example.scoreMembers }
            row.members += example.commonMembers
            guard let written = try? ExampleReader(format: format).example(row),
                written.says(example)
            else { throw inexpressible("all that the row says") }
            rows.append(row)
        }
        return (rows, changes)
    }

    func inexpressible(_ what: String) -> DataError.Reason {
        .inexpressible(format: format, what: what)
    }

    /// The example as examples that the form can judge.
    private func judged(
        _ example: PreferenceExample,
        _ changes: inout Set<ConversionChange>
    ) throws(DataError.Reason) -> [PreferenceExample] {
        switch (example.judgement, format) {
        case (.labelled, .unpaired), (.labelled, .instruction), (.labelled, .instructionChat),
            (.ranked, .ranked):
            return [example]
        case (.labelled(true), .demonstrations), (.labelled(true), .demonstrationsChat):
            return [example]
        case (_, .demonstrations), (_, .demonstrationsChat):
            throw inexpressible("answers other than one that is wanted")
        case (.labelled, _): throw inexpressible("single answers with labels")
        case (.ranked, .unpaired):
            changes.insert(.answersLabelled)
            if example.scores != nil { changes.insert(.scoresLost) }
            return example.answers.indices.map { index in
                var single = example
                single.answers = [example.answers[index]]
                single.judgement = .labelled(example.judgement.prefers(index))
                single.scores = nil
                return single
            }
        case (.ranked, .instruction) where example.answers.count > 2,
            (.ranked, .instructionChat) where example.answers.count > 2:
            return [example]
        case (.ranked, _):
            if example.answers.count > 2 { changes.insert(.rankingsExpanded) }
            return example.judgement.comparisons.map { better, worse in
                var pair = example
                pair.answers = [example.answers[better], example.answers[worse]]
                pair.judgement = .pair
                pair.scores = example.scores.map { [$0[better], $0[worse]] }
                return pair
            }
        }
    }

    /// The example with its prompt and answers as the form has them: text, turns or token ids.
    private func phrased(
        _ example: PreferenceExample,
        _ changes: inout Set<ConversionChange>
    ) throws(DataError.Reason) -> PreferenceExample {
        switch (example.prompt, format) {
        case (.tokens, .tokens), (.messages, .ranked), (.messages, .unpaired), (.text, .ranked),
            (.text, .unpaired), (.text, .text), (.messages, .chat), (.messages, .instructionChat),
            (.messages, .sharegpt), (.messages, .llamaFactoryV1), (.text, .demonstrations),
            (.messages, .demonstrations), (.messages, .demonstrationsChat):
            return example
        case (.tokens, _): throw inexpressible("token ids")
        case (_, .tokens):
            changes.insert(.tokenized)
            return try encoded(example)
        case (.messages, .text):
            changes.insert(.turnsRendered)
            return try rendered(example)
        case (_, .instruction):
            var result = example
            if case .messages = example.prompt {
                changes.insert(.turnsRendered)
                result = try rendered(example)
            }
            guard case .text(let prompt) = result.prompt, AlpacaText.parts(of: prompt) == nil else {
                return result
            }
            changes.insert(.promptsBecameInstructions)
            result.prompt = .text(AlpacaText.prompt(instruction: prompt, input: nil))
            return result
        case (.text(let prompt), _):
            changes.insert(.textBecameTurns)
            return example.conversation(prompt)
        }
    }

    private func rendered(
        _ example: PreferenceExample
    ) throws(DataError.Reason) -> PreferenceExample {
        guard let rendering else {
            throw inexpressible("turns without a model's chat template")
        }
        guard case .messages(let prompt) = example.prompt else { return example }
        var result = example
        let beginning = try rendering(prompt, example, true)
        result.prompt = .text(beginning)
        for (index, answer) in example.answers.enumerated() {
            guard case .messages(let turns) = answer else { continue }
            let whole = try rendering(prompt + turns, example, false)
            guard whole.utf8.starts(with: beginning.utf8) else {
                throw inexpressible("turns whose template does not begin with the prompt's text")
            }
            result.answers[index] = .text(
                String(decoding: whole.utf8.dropFirst(beginning.utf8.count), as: UTF8.self)
            )
        }
        // They are in the text now.
        result.tools = nil
        result.templateVariables = JSONObject()
        return result
    }

    private func encoded(
        _ example: PreferenceExample
    ) throws(DataError.Reason) -> PreferenceExample {
        guard let encoder else { throw inexpressible("text without a model's tokenizer") }
        let encoded = try encoder.encode(example)
        var result = example
        result.prompt = .tokens(
            Array((encoded.sequences.first?.tokens ?? []).prefix(encoded.promptLength))
        )
        result.answers = encoded.sequences.map {
            .tokens(Array($0.tokens.dropFirst(encoded.promptLength)))
        }
        result.tools = nil
        result.templateVariables = JSONObject()
        return result
    }
}

extension PreferenceExample {
    /// The example with its text as turns.
    fileprivate func conversation(_ prompt: String) -> PreferenceExample {
        var result = self
        var question = prompt
        if let (instruction, input) = AlpacaText.parts(of: prompt) {
            question = instruction + (input.map { "\n" + $0 } ?? "")
        }
        result.prompt = .messages(
            question.isEmpty ? [] : [ChatMessage(role: "user", content: question)]
        )
        result.answers = answers.map { answer in
            guard case .text(let text) = answer else { return answer }
            return .messages([ChatMessage(role: "assistant", content: text)])
        }
        return result
    }

    /// Whether two examples say the same, however the prompt was given.
    package func says(_ other: PreferenceExample) -> Bool {
        var (left, right) = (self, other)
        left.promptIsImplicit = right.promptIsImplicit
        let isSame =
            left.prompt.says(right.prompt) && left.answers.count == right.answers.count
            && zip(left.answers, right.answers).allSatisfy { $0.says($1) }
        (left.prompt, left.answers) = (right.prompt, right.answers)
        return isSame && left == right
    }
}

extension Passage {
    fileprivate func says(_ other: Passage) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.messages(let left), .messages(let right)): left.isSame(as: right)
        default: self == other
        }
    }
}
