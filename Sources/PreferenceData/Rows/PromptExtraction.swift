/// Takes the prompt out of two answers that both begin with it, as TRL's `extract_prompt` does.
///
/// The prompt is the longest common prefix in Unicode scalars (Python's characters); where it ends
/// in a space, that space goes to the answers. So it also takes in what the answers themselves
/// begin with alike, up to the middle of a word.
///
/// Where one side is the beginning of the other (or both are identical), the last common scalar
/// stays with the answers, so that neither is empty, and no space is moved: "The sky is" and "The
/// sky is blue" give "The sky i", "s" and "s blue", as in TRL. A row with an empty side has no
/// prompt; TRL fails there.
///
/// Where the sides differ from the first scalar on, there is no prompt. TRL then looks at
/// `chosen[-1]`, the last character in place of the one before the first, and if that is a space
/// cuts both sides before their last character; this is an error there, and is not done here.
enum PromptExtraction {
    static func example(chosen: String, rejected: String) -> PreferenceExample {
        let (chosen, rejected) = (Array(chosen.utf8), Array(rejected.utf8))
        let split = split(chosen, rejected)
        var example = PreferenceExample(
            prompt: .text(String(decoding: chosen[..<split], as: UTF8.self)),
            chosen: .text(String(decoding: chosen[split...], as: UTF8.self)),
            rejected: .text(String(decoding: rejected[split...], as: UTF8.self))
        )
        example.promptIsImplicit = true
        return example
    }

    /// The byte at which the prompt ends: always the beginning of a scalar.
    private static func split(_ chosen: [UInt8], _ rejected: [UInt8]) -> Int {
        let limit = min(chosen.count, rejected.count)
        var split = 0
        while split < limit, chosen[split] == rejected[split] { split += 1 }
        if split == limit {
            guard split > 0 else { return 0 }
            split -= 1
            while isContinuation(chosen[split]) { split -= 1 }
            return split
        }
        // Two scalars may begin with the same bytes.
        while isContinuation(chosen[split]) { split -= 1 }
        if split > 0, chosen[split - 1] == UInt8(ascii: " ") { split -= 1 }
        return split
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0b1100_0000 == 0b1000_0000 }
}
