import Testing

@testable import TextGeneration

/// Ends of answers in pieces of text.
@Suite struct StopScannerTests {
    /// The texts given out for pieces, with what waits at the end, and whether a stop was found.
    private func scan(_ pieces: [String], _ stops: [String]) -> (texts: [String], isEnd: Bool) {
        var scanner = StopScanner(stops)
        var texts: [String] = []
        for piece in pieces {
            let (text, isEnd) = scanner.append(piece)
            texts.append(text)
            if isEnd { return (texts, true) }
        }
        return (texts + [scanner.finish()], false)
    }

    @Test("a stop is found across pieces, and nothing of it or behind it is given out")
    func across() {
        let found = scan(["ab", "cST", "O", "Pxyz"], ["STOP"])
        #expect(found.texts == ["ab", "c", "", ""])
        #expect(found.isEnd)
    }

    @Test("what only began like a stop is given out as soon as that is certain")
    func waiting() {
        #expect(scan(["aS", "T", "Sx"], ["STOP"]).texts == ["a", "", "STSx", ""])
        #expect(scan(["aST"], ["STOP"]).texts == ["a", "ST"])
        // The first blank cannot belong to a stop of two any more.
        #expect(scan(["\n", "\n", "a"], ["\n\n\n"]).texts == ["", "", "\n\na", ""])
        #expect(scan(["aa", "ab"], ["aab"]).texts == ["", "a"])
        #expect(scan(["aa", "ab"], ["aab"]).isEnd)
    }

    @Test("of several stops the first that is whole counts, also within the beginning of another")
    func several() {
        let found = scan(["abc", "X"], ["abcX", "bc"])
        #expect(found.texts == ["a"])
        #expect(found.isEnd)
        #expect(scan(["xby", "a"], ["a", "b"]).texts == ["x"])
    }

    @Test("characters of several bytes stay whole")
    func characters() {
        #expect(scan(["日本", "語"], ["本語"]).texts == ["日", ""])
        #expect(scan(["é", "è"], ["éé"]).texts == ["", "éè", ""])
    }

    @Test("without stops everything comes at once")
    func none() { #expect(scan(["a", "", "b"], []).texts == ["a", "", "b", ""]) }
}
