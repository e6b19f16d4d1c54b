import Foundation
import OrderedJSON
import Testing

/// Checkpoints, interruptions and `--resume` of the real command.
@Suite struct ResumeCommandTests {
    /// Twelve steps, ten rows by three: breaks in the middle of epochs.
    static let options = [
        "--epochs", "3", "--batch-size", "3", "--lora", "--lora-dropout", "0.2", "--seed", "3",
    ]
    let place: Workplace
    let data: URL

    init() throws {
        place = try Workplace()
        data = try place.data()
    }

    private func train(_ name: String, _ more: [String]) async throws -> CommandResult {
        try await place.train(
            [data],
            Self.options + more,
            output: place.url.appending(path: name)
        )
    }

    /// What a run leaves that must not depend on breaks: weights, and metrics without times.
    private func remains(_ name: String) throws -> (weights: Data, metrics: [[String]]) {
        let run = place.url.appending(path: name)
        return (
            try Data(contentsOf: run.appending(path: "adapter/adapter_model.safetensors")),
            try place.metrics(in: run).map(\.lasting)
        )
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: place.url.appending(path: path).path
        ).sorted()
    }

    @Test(
        "a run that a signal ends saves a checkpoint, and goes on to the same end",
        arguments: [SIGINT, SIGTERM]
    )
    func signals(signal: Int32) async throws {
        #expect(try await train("whole", []).status == 0)
        let log = place.url.appending(path: "broken/metrics.jsonl")
        var isSent = false
        let broken = try await CommandRunner.run(arguments("broken", [])) { process in
            let lines = (try? String(contentsOf: log, encoding: .utf8))?.split(separator: "\n")
            guard !isSent, lines?.isEmpty == false else { return }
            kill(process, signal)
            isSent = true
        }
        #expect(broken.status == 128 + signal, "\(broken.errors)")
        #expect(broken.errors.contains("--resume goes on from"))
        #expect(try names("broken").contains("adapter") == false)
        #expect(try names("broken/checkpoints").count == 1)
        let resumed = try await train("broken", ["--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let (whole, found) = (try remains("whole"), try remains("broken"))
        #expect(found.weights == whole.weights)
        #expect(found.metrics == whole.metrics)
        let again = try await train("broken", ["--resume"])
        #expect(again.status == 0)
        #expect(again.output.hasPrefix("the run is complete: "))
    }

    private func arguments(_ name: String, _ more: [String]) -> [String] {
        [
            "dpo", "--model", place.model.path, "--output",
            place.url.appending(path: name).path, "--data", data.path, "--max-length", "64",
            "--learning-rate", "0.01",
        ] + Self.options + more
    }

    @Test("a second signal ends a run at once, and leaves nothing")
    func secondSignal() async throws {
        // Steps of about a second, so that none ends between the two signals.
        let rows = (0..<3000).map { row in
            #"{"prompt_ids": [\#(row % 90)], "chosen_ids": [5, 6, 7], "rejected_ids": [8, 9, 10]}"#
        }
        let run = place.url.appending(path: "run")
        let log = run.appending(path: "metrics.jsonl")
        var isSent = false
        let result = try await CommandRunner.run(
            [
                "dpo", "--model", place.model.path, "--output", run.path,
                "--data", place.data(rows, name: "many.jsonl").path, "--batch-size", "3000",
                "--epochs", "1000",
            ]
        ) { process in
            guard !isSent, (try? Data(contentsOf: log))?.isEmpty == false else { return }
            // Two of one kind might come as one.
            kill(process, SIGINT)
            kill(process, SIGTERM)
            isSent = true
        }
        #expect([128 + SIGINT, 128 + SIGTERM].contains(result.status), "\(result.errors)")
        #expect(!result.errors.contains("goes on from"), "\(result.errors)")
        #expect(try names("run") == ["config.yaml", "metrics.jsonl", "tensorboard"])
    }

    @Test("a torn checkpoint is skipped, and that is said")
    func torn() async throws {
        #expect(try await train("run", ["--checkpoint-every", "4"]).status == 0)
        let whole = try remains("run")
        #expect(try names("run/checkpoints") == ["step-000008", "step-000012"])
        try FileManager.default.removeItem(at: place.url.appending(path: "run/adapter"))
        let file = place.url.appending(path: "run/checkpoints/step-000012/optimizer.safetensors")
        try Data(contentsOf: file).dropLast(3).write(to: file)
        let result = try await train("run", ["--resume", "--checkpoint-every", "4"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.errors.contains("step-000012, which is not whole: optimizer.safetensors has")
        )
        #expect(result.errors.contains("resuming after step 8"))
        let found = try remains("run")
        #expect(found.weights == whole.weights)
        #expect(found.metrics == whole.metrics)
    }

    @Test("what cannot be resumed is told in one line")
    func refusals() async throws {
        expectRefusal(
            try await train("none", ["--resume"]),
            status: 64,
            saying: ["--resume", "holds no whole checkpoint"]
        )
        #expect(try await train("run", ["--checkpoint-every", "5"]).status == 0)
        try FileManager.default.removeItem(at: place.url.appending(path: "run/adapter"))
        expectRefusal(
            try await train("run", ["--resume", "--overwrite"]),
            status: 64,
            saying: ["--resume", "--overwrite"]
        )
        expectRefusal(
            try await train("run", ["--resume", "--beta", "0.5", "--lora-alpha", "3"]),
            status: 64,
            saying: ["beta is 0.5 and was 0.1", "lora_alpha is 3", "what the run began with"]
        )
        expectRefusal(
            try await train("run", ["--keep-checkpoints", "0", "--overwrite"]),
            status: 64,
            saying: ["--keep-checkpoints is 0"]
        )
    }

    @Test("verify-resume says that a run can be trusted to resume")
    func verify() async throws {
        let result = try await CommandRunner.run(
            ["verify-resume", "--model", place.model.path, "--data", data.path]
                + ["--max-length", "64", "--steps", "5"] + Self.options
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.hasPrefix(
                "the same, bit for bit: 5 steps at once, and broken after step 2 and resumed ("
            ),
            "\(result.output)"
        )
    }

    @Test("an evaluation is logged under TRL's names, with the best model as the result")
    func evaluation() async throws {
        let result = try await train(
            "run",
            [
                "--evaluate-fraction", "0.3", "--evaluate-every", "2", "--evaluate-rewards",
                "--best-metric", "eval_rewards/margins", "--ema", "0.5", "--max-steps", "5",
            ]
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("held out for evaluation: 3 of 10"))
        let lines = try place.metrics(in: place.url.appending(path: "run"))
        let evaluations = lines.filter { $0["eval_loss"] != nil }
        #expect(evaluations.map { $0["step"]?.integer } == [2, 4, 5])
        #expect(
            evaluations[0].members.map(\.key) == [
                "step", "epoch", "eval_loss", "eval_rewards/chosen", "eval_rewards/rejected",
                "eval_rewards/accuracies", "eval_rewards/margins", "eval_logps/chosen",
                "eval_logps/rejected", "eval_logits/chosen", "eval_logits/rejected",
                "eval_entropy", "eval_mean_token_accuracy", "time/eval_seconds",
            ]
        )
        #expect(
            try names("run/evaluations") == ["step-2.jsonl", "step-4.jsonl", "step-5.jsonl"]
        )
        let rewards = try Workplace.lines(
            of: place.url.appending(path: "run/evaluations/step-5.jsonl")
        )
        #expect(rewards.count == 3)
        let margins = rewards.compactMap { $0["margin"]?.double }
        let mean = try #require(evaluations[2]["eval_rewards/margins"]?.double)
        #expect(abs(margins.reduce(0, +) / 3 - mean) < 1e-9)
    }

    @Test("evaluation on a file, with early stopping; what means nothing alone is refused")
    func evaluationFile() async throws {
        let result = try await train(
            "run",
            [
                "--evaluate", data.path, "--evaluate-every", "1", "--early-stopping", "2",
                "--learning-rate", "0",
            ]
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("ended after step 3"))
        #expect(result.errors.contains("the result is the model of step 1"))
        for (flags, words) in [
            (["--evaluate-every", "2"], "nothing is evaluated"),
            (["--best-metric", "eval_loss"], "nothing is evaluated"),
            (["--evaluate-fraction", "1"], "between 0 and 1"),
            (["--evaluate-fraction", "0.5", "--evaluate", data.path], "one of the two"),
            (["--ema", "1"], "--ema is 1.0"),
        ] {
            expectRefusal(try await train("other", flags), status: 64, saying: [words])
        }
    }
}

extension JSONObject {
    /// What does not depend on how fast the machine is.
    var lasting: [String] {
        let passing = ["time/", "throughput/", "memory/"]
        return members.filter { member in
            !passing.contains { member.key.hasPrefix($0) }
        }.map { "\($0.key): \($0.value.text)" }
    }
}
