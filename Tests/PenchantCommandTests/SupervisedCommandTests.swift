import Foundation
import OrderedJSON
import Testing

/// `penchant sft` from its arguments to its files.
@Suite struct SupervisedCommandTests {
    /// Ten prompts with an answer each.
    private static let rows = (0..<10).map { number in
        #"{"prompt": "Is \#(number) a number?", "completion": " yes, the \#(number)"}"#
    }

    private func train(
        _ place: Workplace,
        _ data: URL,
        _ more: String...,
        output: URL? = nil
    ) async throws -> CommandResult {
        try await CommandRunner.run(
            [
                "sft", "--model", place.model.path, "--output", (output ?? place.run).path,
                "--data", data.path, "--max-length", "64", "--batch-size", "4",
            ] + more
        )
    }

    private static let names = [
        "step", "epoch", "loss", "grad_norm", "learning_rate", "entropy", "mean_token_accuracy",
        "num_tokens", "time/step_seconds", "throughput/pairs_per_second",
        "throughput/tokens_per_second", "memory/peak_bytes",
    ]

    @Test("demonstrations train a model, whose loss falls, and no rewards are told")
    func run() async throws {
        let place = try Workplace()
        let data = try place.data(Self.rows)
        let result = try await train(place, data, "--learning-rate", "0.01", "--epochs", "2")
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.runFiles == ["config.yaml", "metrics.jsonl", "model", "tensorboard"])
        #expect(result.errors.contains("10 rows read, 10 answers kept\ntokens: "))
        #expect(result.outputLines.last?.hasPrefix("last step: loss ") == true)
        #expect(result.outputLines.last?.contains(", token accuracy ") == true)
        #expect(!result.errors.contains("margin"))
        let metrics = try place.metrics()
        #expect(metrics.count == 6)
        for line in metrics {
            #expect(line.members.map(\.key) == Self.names)
            #expect(line.members.allSatisfy { $0.value.double?.isFinite == true })
        }
        let losses = metrics.compactMap { $0["loss"]?.double }
        #expect(try #require(losses.last) < losses[0])
    }

    @Test("the best model cannot be told by rewards, of which there are none")
    func bestMetric() async throws {
        let place = try Workplace()
        let data = try place.data(Self.rows)
        let result = try await train(
            place,
            data,
            "--evaluate-fraction",
            "0.3",
            "--best-metric",
            "eval_rewards/margins"
        )
        #expect(result.status == 64)
        #expect(result.errors.contains("--best-metric is eval_rewards/margins"))
        #expect(result.errors.contains("eval_loss or eval_mean_token_accuracy"))
        #expect(!place.runExists)
    }

    @Test("a run's own file of settings repeats it, and the rate is TRL's unless given")
    func repeats() async throws {
        let place = try Workplace()
        let data = try place.data(Self.rows)
        let first = try await train(place, data, "--epochs", "1")
        #expect(first.status == 0, "\(first.errors)")
        #expect(try place.metrics()[0]["learning_rate"]?.double == 2e-5)
        let file = place.run.appending(path: "config.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        for line in ["learning-rate: 2e-05", "scored: assistant", "format: demonstrations"] {
            #expect(text.contains("\n\(line)\n"), "\(text)")
        }
        let again = place.url.appending(path: "again", directoryHint: .isDirectory)
        let second = try await CommandRunner.run(
            ["sft", "--config", file.path, "--output", again.path]
        )
        #expect(second.status == 0, "\(second.errors)")
        let weights = try [place.trained, again.appending(path: "model")].map {
            try Data(contentsOf: $0.appending(path: "model.safetensors"))
        }
        #expect(weights[0] == weights[1])
    }

    @Test("a run of sft can be planned and verified, with its own settings")
    func planned() async throws {
        let place = try Workplace()
        let data = try place.data(Self.rows)
        let first = try await train(place, data, "--max-steps", "2", "--ema", "0.5")
        #expect(first.status == 0, "\(first.errors)")
        let file = place.run.appending(path: "config.yaml").path
        let plan = try await CommandRunner.run(["plan", "sft", "--config", file])
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.errors.contains("10 rows read, 10 answers kept"))
        #expect(!plan.output.contains("reference"))
        let verified = try await CommandRunner.run(["verify-resume", "sft", "--config", file])
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(verified.output.hasPrefix("the same, bit for bit: 2 steps"))
        // By flags too; and not by those of dpo, on the command line or in a file.
        let arguments = ["plan", "sft", "--model", place.model.path, "--data", data.path]
        let flags = try await CommandRunner.run(arguments + ["--max-length", "64"])
        #expect(flags.status == 0, "\(flags.errors)")
        expectRefusal(
            try await CommandRunner.run(arguments + ["--beta", "1"]),
            status: 64,
            saying: ["--beta is 1", "sft"]
        )
        let other = try place.write("other.yaml", Array("beta: 1\n".utf8)).path
        expectRefusal(
            try await CommandRunner.run(arguments + ["--config", other]),
            status: 64,
            saying: ["no setting 'beta'"]
        )
        expectRefusal(
            try await CommandRunner.run(["plan", "kto", "--model", place.model.path]),
            status: 64,
            saying: ["kto", "dpo", "sft"]
        )
    }

    @Test("text and whole conversations train too, the latter on every turn of the assistant")
    func forms() async throws {
        let place = try Workplace()
        let text = try place.data([#"{"text": "yes the yes"}"#], name: "text.jsonl")
        let result = try await train(place, text, "--max-steps", "1")
        #expect(result.status == 0, "\(result.errors)")
        // Nothing predicts the first token, and the end is appended.
        #expect(result.errors.contains("nothing comes before the first token"))

        let chat = try place.data(
            [
                #"{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "#
                    + #""content": "b"}, {"role": "user", "content": "c"}, "#
                    + #"{"role": "assistant", "content": "d"}]}"#
            ],
            name: "chat.jsonl"
        )
        let template = try place.write(
            "chat.jinja",
            Array(
                """
                {% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}\
                {% if add_generation_prompt %}<assistant>{% endif %}
                """.utf8
            )
        )
        // "b", "d" and what ends each: a token each; and of the last turn alone.
        for (more, scored) in [(["--scored", "assistant"], 4), (["--scored", "answer"], 2)] {
            let output = place.url.appending(path: "chat-\(scored)")
            let result = try await CommandRunner.run(
                [
                    "sft", "--model", place.model.path, "--output", output.path, "--data",
                    chat.path, "--chat-template", template.path, "--max-steps", "1",
                ] + more
            )
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("; \(scored) scored"), "\(result.errors)")
        }
    }

    @Test("rows that show no answer, or one that is not wanted, are refused with their place")
    func refuses() async throws {
        let place = try Workplace()
        let pairs = try await train(place, place.data())
        expectRefusal(
            pairs,
            status: 65,
            saying: ["data.jsonl:1", "not those of a demonstration", "{prompt, completion}"]
        )
        let row = #"{"prompt": "p", "completion": "c", "label": false}"#
        let unwanted = try await train(place, place.data([row], name: "unwanted.jsonl"))
        expectRefusal(unwanted, status: 65, saying: ["unwanted.jsonl:1", "not wanted"])
        // And without being asked for, a row lacks its label.
        let demonstrations = try place.data(Self.rows, name: "rows.jsonl")
        expectRefusal(
            try await place.train([demonstrations]),
            status: 65,
            saying: ["rows.jsonl:1", "there is no \"label\""]
        )
        let flag = try await train(place, demonstrations, "--beta", "1")
        expectRefusal(flag, status: 64, saying: ["--beta"])
        #expect(!place.runExists)
    }

    @Test("an adapter can be trained, and the settings can be printed")
    func adapter() async throws {
        let place = try Workplace()
        let data = try place.data(Self.rows)
        let result = try await train(place, data, "--lora-rank", "2", "--max-steps", "1")
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.runFiles.contains("adapter"))
        let printed = try await CommandRunner.run(["config", "sft"])
        #expect(printed.status == 0, "\(printed.errors)")
        #expect(printed.output.contains("\nscored: null\n"))
        #expect(!printed.output.contains("\nbeta:"))
    }
}
