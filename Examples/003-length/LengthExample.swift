import ExampleSupport
import Objectives

/// The fourth text: what dividing by the length does to long and short answers.
@main
enum LengthExample {
    static func main() {
        runExample {
            let model = try TemporaryModel(
                .llama(hidden: 32, intermediate: 64, layers: 2, heads: 2, keyValueHeads: 2),
                seed: 42
            )
            let pair = LengthPair()
            print("chosen \(pair.chosen.count) tokens, rejected \(pair.rejected.count)")
            print("                        the loss pushes a token by    one step moves a token by")
            print("score  β                  chosen     rejected         chosen    rejected (nats)")
            for (normalization, beta) in [
                (LengthPair.Normalization.sum, 0.1), (.mean, 0.1), (.mean, 4),
            ] {
                let objective = try LengthPair.objective(normalization, beta: beta)
                let pushes = pair.pushes(objective)
                let moves = try pair.moves(objective, model: model.folder)
                print(
                    "\(normalization)".padded(to: 7)
                        + beta.text(digits: 2, width: 4)
                        + pushes.chosen.text(digits: 5, width: 21)
                        + pushes.rejected.text(digits: 5, width: 13)
                        + moves.chosen.text(digits: 5, width: 15)
                        + moves.rejected.text(digits: 5, width: 12)
                )
            }
            print("\na policy that finds every token of both answers e^0.1 times more probable")
            for normalization in LengthPair.Normalization.allCases {
                let margin = try pair.margin(normalization, drift: 0.1)
                print("  \(normalization): h = \(margin.text(digits: 3)) nats")
            }
        }
    }
}
