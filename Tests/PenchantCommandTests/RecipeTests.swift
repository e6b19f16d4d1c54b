import Foundation
import OrderedJSON
import Testing

/// A settings file of Documentation/recipes.md, and what follows from it.
struct Recipe: Sendable, CustomTestStringConvertible {
    /// Its heading on the page.
    let name: String
    /// Steps of the run that is tried.
    let steps: Int
    /// The learning rates of its first steps.
    let learningRates: [Double]
    /// Lines of what the run keeps of its settings.
    let lines: [String]

    var testDescription: String { name }

    static let all = [
        // 5e-7 (s + 1) / 151 for s = 0, 1, 2.
        Recipe(
            name: "The first DPO trainer",
            steps: 3,
            learningRates: [1, 2, 3].map { 5e-7 * $0 / 151 },
            lines: ["beta: 0.1", "rmsprop-alpha: 0.99", "rmsprop-epsilon: 1e-08", "momentum: 0.0"]
        ),
        // lr (0.1 + 0.45 (1 + cos πs/T)), s from 1, of T = 4: cos π/4 = √½, 0, −√½, −1.
        Recipe(
            name: "minimind",
            steps: 4,
            learningRates: [0.707_106_781_186_547_5, 0, -0.707_106_781_186_547_5, -1].map {
                4e-8 * (0.1 + 0.45 * (1 + $0))
            },
            lines: ["beta: 0.15", "length-normalization: sum", "decay-norms-biases: true"]
        ),
        // One step of warm-up, ⌈4 · 0.03⌉, which is over when the first is step 1; then
        // lr (0.05 + 0.475 (1 + cos π(s − 1)/3)): cos 0, π/3, 2π/3, π.
        Recipe(
            name: "VerMind",
            steps: 4,
            learningRates: [1, 0.5, -0.5, -1].map { 1e-6 * (0.05 + 0.475 * (1 + $0)) },
            lines: ["beta: 0.1", "length-normalization: mean", "weight-decay: 0.01"]
        ),
        // lr (1 − s/T), s from 0.
        Recipe(
            name: "TRL",
            steps: 4,
            learningRates: [1, 0.75, 0.5, 0.25].map { 1e-6 * $0 },
            lines: ["loss: sigmoid", "min-learning-rate-ratio: 0.0", "warmup-steps: 0"]
        ),
        // One step of warm-up, from 0; then lr ½ (1 + cos π(s − 1)/3).
        Recipe(
            name: "SimPO",
            steps: 4,
            learningRates: [0, 1, 0.75, 0.25].map { 6e-7 * $0 },
            lines: ["beta: 2.0", "gamma: 1.0", "reference: null"]
        ),
        // lr s/100.
        Recipe(
            name: "ORPO",
            steps: 3,
            learningRates: [0, 0.01, 0.02].map { 5e-6 * $0 },
            lines: ["beta: 0.05", "schedule: inverse_sqrt"]
        ),
    ]
}

/// Documentation/recipes.md.
@Suite struct RecipeTests {
    /// The files of the page, by their headings.
    private static func files() throws -> [String: String] {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Documentation/recipes.md").standardizedFileURL
        var files: [String: String] = [:]
        for section in try String(contentsOf: page, encoding: .utf8).split(separator: "\n## ") {
            let parts = section.split(separator: "```yaml\n")
            guard parts.count > 1, let file = parts[1].split(separator: "```").first else {
                continue
            }
            files[String(section.prefix { $0 != "\n" })] = String(file)
        }
        return files
    }

    @Test("every recipe is tested")
    func complete() throws {
        #expect(try Set(Self.files().keys) == Set(Recipe.all.map(\.name)))
    }

    @Test("a recipe runs, at the rates that its program has", arguments: Recipe.all)
    func run(_ recipe: Recipe) async throws {
        let place = try Workplace()
        let file = try #require(Self.files()[recipe.name])
        // A file as a reader would have it, with nothing changed but what its capitals stand for.
        let text = file.replacing("MODEL", with: "tiny").replacing("RUN", with: "run")
        _ = try place.write("recipe.yaml", Array(text.utf8))
        _ = try place.data(name: "preferences.jsonl")
        let result = try await CommandRunner.run(
            ["dpo", "--config", "recipe.yaml", "--max-steps", "\(recipe.steps)"],
            folder: place.url
        )
        #expect(result.status == 0, "\(result.errors)")
        let rates = try place.metrics().compactMap { $0["learning_rate"]?.double }
        try #require(rates.count == recipe.steps)
        for (rate, expected) in zip(rates, recipe.learningRates) {
            // Float64, computed in another order.
            #expect(abs(rate - expected) <= 1e-12 * expected.magnitude + 1e-24)
        }
        let kept = try String(
            contentsOf: place.run.appending(path: "config.yaml"),
            encoding: .utf8
        ).split(separator: "\n")
        for line in recipe.lines { #expect(kept.contains(Substring(line)), "\(line)") }
    }
}
