import ExampleSupport
import Foundation
import LanguageModels
import Objectives
import PreferenceData
import PreferenceOptimization
import TokenTrees
import Tokenizers

/// The first text: three preferences in memory, GPT-2, and the sign of its scores.
///
/// `GPT2Example [FOLDER]`: with a folder of GPT-2's tokenizer the tokens are those of the text, and
/// with GPT-2 itself (config.json and weights) so is the model.
@main
enum GPT2Example {
    static func main() {
        runExample {
            let folder = CommandLine.arguments.dropFirst().first.map {
                URL(fileURLWithPath: $0, isDirectory: true)
            }
            try run(folder)
        }
    }

    private static func run(_ folder: URL?) throws {
        let tiny = RandomModel.gpt2(hidden: 32, layers: 2, heads: 2)
        var temporary = try TemporaryModel(tiny, seed: 42)
        let pairs = ThreePairs(tokenizer: try Tokenizer(folder: folder ?? temporary.folder))
        var training = ThreePairs.Training(model: temporary.folder, steps: 10, learningRate: 1e-3)
        if let folder {
            if FileManager.default.fileExists(
                atPath: folder.appending(path: "config.json").path
            ) {
                training = .init(model: folder, steps: 3, learningRate: 1e-6)
            } else {
                let size = pairs.tokenizer.vocabularySize
                temporary = try TemporaryModel(
                    .gpt2(vocabularySize: size, hidden: 32, layers: 2, heads: 2),
                    seed: 42
                )
                training.model = temporary.folder
            }
        }
        let lengths = pairs.sequences.map(\.tokens.count)
        print("lengths \(lengths), padded \(pairs.paddedShape): \(pairs.paddedCount) positions")
        print("as trees without padding: \(pairs.rowCount) rows")
        let runs = [(Objective.sigmoid, false), (.invertedSign, false), (.sigmoid, true)]
        for (objective, dropout) in runs {
            let title = dropout ? "the same with GPT-2's dropout" : objective.summary
            training.dropout = dropout
            print("\n\(title): \(objective.formula)")
            print("step      loss  log π(chosen)  log π(rejected)  β·h")
            try training.run(pairs.pairs, objective) { metrics in
                print(
                    "\(metrics.step - 1)".padded(to: 4)
                        + metrics.loss.text(digits: 6, width: 10)
                        + metrics.logProbabilitiesChosen.text(digits: 3, width: 15)
                        + metrics.logProbabilitiesRejected.text(digits: 3, width: 17)
                        + metrics.rewardsMargin.text(digits: 4, width: 9)
                )
            }
        }
    }
}
