import ExampleSupport
import Files
import Foundation
import OrderedJSON

/// Questions with a kind and a rude answer each.
enum DemoPreferences {
    struct Pair {
        var prompt: String
        var chosen: String
        var rejected: String
    }

    private static let things = [
        "a bicycle", "the kettle", "my cactus", "this map", "an old radio", "the garden gate",
        "a leaking tap", "my shoelaces", "the tax form", "a loaf of bread", "the projector",
        "a slow computer", "this recipe", "my violin", "the front door", "a paper crane",
        "the thermostat", "a flat tyre", "this knot", "my telescope",
    ]
    private static let questions = [
        "How do I fix %?", "Can you help me with %?", "What should I know about %?",
        "Who can look after %?", "Where do I begin with %?",
    ]
    private static let kind = [
        "Happy to help with %! Let us take it one step at a time.",
        "Good question. With % it is best to begin gently, and you can ask me again.",
        "Of course! Many people wonder about %, and there is an easy way.",
    ]
    private static let rude = [
        "Nobody cares about %. Work it out yourself.",
        "What a stupid question. Leave % alone.",
        "I will not waste my time on %. Go away.",
    ]

    /// All questions about all things, in an order in which the first ones are about things that
    /// do not come again.
    static func pairs(using random: inout SplitMix64) -> [Pair] {
        things.shuffled(using: &random).flatMap { thing in
            questions.flatMap { question in
                (0..<2).map { _ in
                    func fill(_ texts: [String]) -> String {
                        let text = texts[Int.random(in: 0..<texts.count, using: &random)]
                        return text.replacing("%", with: thing)
                    }
                    return Pair(
                        prompt: question.replacing("%", with: thing) + "\n",
                        chosen: fill(kind),
                        rejected: fill(rude)
                    )
                }
            }
        }
    }

    /// Writes pairs as JSON lines.
    static func write(_ pairs: some Sequence<Pair>, to folder: URL, _ name: String) throws {
        let lines = pairs.map { pair -> String in
            let row: JSONValue = [
                "prompt": .string(pair.prompt), "chosen": .string(pair.chosen),
                "rejected": .string(pair.rejected),
            ]
            return row.text + "\n"
        }
        try AtomicFile.write(lines.joined(), to: folder.appending(path: name))
    }
}
