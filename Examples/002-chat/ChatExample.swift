import ExampleSupport

/// The third text: what VerMind's missing shift does to a score.
@main
enum ChatExample {
    static func main() {
        runExample {
            let model = try TemporaryModel(
                .llama(hidden: 32, intermediate: 64, layers: 2, heads: 2, keyValueHeads: 2),
                seed: 42
            )
            let scores = try ShiftedScores(model: model.folder)
            let loss = try scores.memorise()
            print("a model that knows \"1+1=2\" by heart (\(loss.text(digits: 4)) nats a token)")
            print("log π, nats          chosen  rejected")
            for (name, score) in [
                ("token after token", scores.score),
                ("without the shift", scores.scoreWithoutShift),
            ] {
                print(
                    name.padded(to: 18)
                        + (try score(scores.chosen)).text(digits: 2, width: 9)
                        + (try score(scores.rejected)).text(digits: 2, width: 10)
                )
            }
        }
    }
}
