import PreferenceData
import Testing

@Suite struct DataSettingsTests {
    @Test("the defaults are TRL's, and valid")
    func defaults() throws {
        let settings = DataSettings()
        #expect(settings.maximumLength == 1024)
        #expect(settings.truncation == .keepStart)
        #expect(settings.scoredTokens == .answer)
        #expect(settings.emptyThinkingRemoval == 0)
        #expect(settings.onBadRow == .stop)
        #expect(settings.appendsEndOfText)
        #expect(settings.vocabularySize == nil)
        try settings.validate()
    }

    @Test("a value out of its range is refused, with what is allowed")
    func ranges() {
        let length = #expect(throws: DataSettingsError.self) {
            try DataSettings(maximumLength: 1).validate()
        }
        #expect(length?.description == "maximumLength is 1 (2 or more is allowed)")
        let share = #expect(throws: DataSettingsError.self) {
            try DataSettings(emptyThinkingRemoval: .nan).validate()
        }
        #expect(share?.description == "emptyThinkingRemoval is nan (0 to 1 is allowed)")
        let vocabulary = #expect(throws: DataSettingsError.self) {
            try DataSettings(vocabularySize: 0).validate()
        }
        #expect(vocabulary?.description == "vocabularySize is 0 (1 or more is allowed)")
        #expect(throws: DataSettingsError.self) {
            try PreferenceDataset.load(
                [DataSource](),
                processor: nil,
                settings: DataSettings(maximumLength: 0)
            )
        }
    }
}
