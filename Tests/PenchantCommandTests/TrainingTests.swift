import Foundation
import OrderedJSON
import Testing

/// `penchant dpo` from its arguments to its files.
@Suite struct TrainingTests {
    @Test("a run leaves a model, its settings and a line of numbers for every step")
    func run() async throws {
        let place = try Workplace()
        let result = try await place.train([place.data()], "--batch-size", "4", "--epochs", "2")

        #expect(result.status == 0, "\(result.errors)")
        #expect(
            try place.runFiles == ["config.yaml", "metrics.jsonl", "model", "tensorboard"]
        )
        #expect(
            result.outputLines.map { $0.prefix(while: { $0 != " " }) } == [
                "model", "metrics", "last",
            ]
        )
        #expect(result.errors.contains("10 rows read, 10 pairs kept"))

        // Ten pairs by four are two steps and a rest, twice.
        let metrics = try place.metrics()
        #expect(metrics.map { $0["step"]?.integer } == [1, 2, 3, 4, 5, 6])
        let epochs = metrics.compactMap { $0["epoch"]?.double }
        #expect(epochs == [0.4, 0.8, 1, 1.4, 1.8, 2])
        for line in metrics {
            #expect(line.members.map(\.key) == Self.names)
            #expect(line.members.allSatisfy { $0.value.double?.isFinite == true })
        }
        let first = try #require(metrics.first)
        let loss = try #require(first["loss"]?.double)
        #expect(abs(loss - 0.693147) < 1e-5)
        for reward in ["rewards/chosen", "rewards/rejected", "rewards/margins"] {
            #expect(abs(first[reward]?.double ?? 1) < 1e-5)
        }
        #expect(first["learning_rate"]?.double == 0.01)
    }

    /// TRL's names, then Penchant's own.
    private static let names = [
        "step", "epoch", "loss", "grad_norm", "learning_rate", "rewards/chosen",
        "rewards/rejected", "rewards/accuracies", "rewards/margins", "logps/chosen",
        "logps/rejected", "logits/chosen", "logits/rejected", "entropy", "mean_token_accuracy",
        "num_tokens", "time/step_seconds", "throughput/pairs_per_second",
        "throughput/tokens_per_second", "memory/peak_bytes",
    ]

    @Test("a profile says where the time of the steps after the first went")
    func profile() async throws {
        let place = try Workplace()
        let result = try await place.train([place.data()], "--batch-size", "4", "--profile")
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.errorLines.map(String.init)
        // Ten pairs by four are two steps and a rest.
        let start = try #require(lines.firstIndex { $0.hasPrefix("time of 2 steps after") })
        let shares = lines[start...].compactMap { line -> Double? in
            let words = line.split(separator: " ")
            return words.firstIndex(of: "%").flatMap { Double(words[$0 - 1]) }
        }
        // Products, attention, passes, others, head, reference, optimizer and what is outside.
        #expect(shares.count == 8)
        // Each is rounded to a tenth.
        #expect(abs(shares.reduce(0, +) - 100) <= 0.4)
        #expect(lines[start...].contains { $0.hasPrefix("attention ") })
        #expect(lines[start...].contains { $0.hasPrefix("outside libtorch's kernels") })
        let plain = try await place.train([place.data()], "--overwrite")
        #expect(!plain.errors.contains("after the first"))
    }

    @Test("a model's own dropout is off unless it is asked for, and refused where there is none")
    func modelDropout() async throws {
        var tiny = TinyModel()
        tiny.configuration["attention_dropout"] = 0.3
        let place = try Workplace(tiny)
        var losses: [Double] = []
        for flags in [[], ["--model-dropout"]] {
            let result = try await place.train([place.data()], flags + ["--overwrite"])
            #expect(result.status == 0, "\(result.errors)")
            losses.append(try #require(place.metrics().first?["loss"]?.double))
            let settings = try String(
                contentsOf: place.run.appending(path: "config.yaml"),
                encoding: .utf8
            )
            #expect(settings.contains("\nmodel-dropout: \(!flags.isEmpty)\n"))
        }
        #expect(abs(losses[0] - 0.693147) < 1e-6)
        #expect(abs(losses[1] - 0.693147) > 1e-6)

        let plain = try Workplace()
        let refused = try await plain.train([plain.data()], "--model-dropout")
        #expect(refused.status == 64)
        #expect(refused.errors.contains("--model-dropout is on for a model whose config.json"))
    }

    @Test("a mixture of objectives trains, and config.yaml keeps all its numbers")
    func mixture() async throws {
        let place = try Workplace()
        let result = try await place.train(
            [place.data()],
            "--loss",
            "sigmoid,bco_pair,sft",
            "--loss-weights",
            "0.8,0.2,1",
            "--beta",
            "0.3",
            "--max-steps",
            "2",
            "--divergence",
            "reverse_kl",
            "--wpo",
            "--ld-alpha",
            "0.5"
        )
        #expect(result.status == 0, "\(result.errors)")
        let configuration = try String(
            contentsOf: place.run.appending(path: "config.yaml"),
            encoding: .utf8
        ).split(separator: "\n")
        for line in ["loss: sigmoid,bco_pair,sft", "loss-weights: 0.8,0.2,1", "beta: 0.3"] {
            #expect(configuration.contains(Substring(line)))
        }
    }

    @Test("labelled answers train with objectives for them, and with no other")
    func labelled() async throws {
        let place = try Workplace()
        let rows = (1...4).map { row in
            #"{"prompt": "the", "completion": " fox \#(row)", "label": \#(row % 2 == 0)}"#
        }
        let data = place.url.appending(path: "labelled.jsonl")
        try rows.joined(separator: "\n").write(to: data, atomically: true, encoding: .utf8)
        for loss in ["kto", "bco", "apo_zero_unpaired"] {
            let result = try await place.train([data], "--loss", loss, "--overwrite")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("4 answers a step"))
            #expect(try place.metrics()[0]["kl"] != nil || loss != "kto")
        }
        let refused = try await place.train([data], "--overwrite")
        #expect(refused.status == 64)
        #expect(
            refused.errors.contains(
                "is a labelled answer; one of kto, bco, apo_zero_unpaired, nll is needed"
            )
        )
    }

    @Test("training goes without a reference, with another one, and with one that follows")
    func references() async throws {
        for flags in [
            ["--loss", "simpo"], ["--sync-reference", "soft", "--sync-steps", "1"],
            ["--sync-reference", "hard", "--sync-steps", "2"],
        ] {
            let place = try Workplace()
            let result = try await place.train([place.data()], flags + ["--max-steps", "3"])
            #expect(result.status == 0, "\(result.errors)")
        }
        // A reference that is not the model: there is no check that they are the same.
        let place = try Workplace()
        #expect(try await place.train([place.data()], "--epochs", "2").status == 0)
        let other = try Workplace()
        let result = try await other.train(
            [other.data()],
            ["--reference", place.trained.path, "--max-steps", "1"]
        )
        #expect(result.status == 0, "\(result.errors)")
        let loss = try #require(other.metrics().first?["loss"]?.double)
        #expect(abs(loss - 0.693147) > 1e-3)
    }

    @Test("the trained model can be scored, and prefers what it was trained to")
    func trainedModel() async throws {
        let place = try Workplace()
        let data = try place.data()
        #expect(try await place.train([data], "--epochs", "4").status == 0)
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            let copy = place.trained.appending(path: name)
            let original = place.model.appending(path: name)
            #expect(try Data(contentsOf: copy) == Data(contentsOf: original))
        }

        let scores = place.url.appending(path: "scores.jsonl")
        let result = try await place.score(
            [data],
            "--reference",
            place.model.path,
            "--output",
            scores.path,
            model: place.trained
        )
        #expect(result.status == 0, "\(result.errors)")
        let rows = try Workplace.lines(of: scores)
        #expect(rows.count == 10)
        let margins = rows.compactMap { $0["margin"]?.double }
        #expect(margins.reduce(0, +) > 0.1)
        #expect(rows.filter { $0["correct"]?.bool == true }.count >= 8)
    }

    @Test("the same seed gives the same numbers and the same bytes")
    func determinism() async throws {
        let place = try Workplace()
        let data = try place.data()
        var runs: [[[String]]] = []
        var weights: [Data] = []
        for (name, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
            let run = place.url.appending(path: name)
            let result = try await place.train(
                [data],
                "--seed",
                seed,
                "--batch-size",
                "3",
                output: run
            )
            #expect(result.status == 0, "\(result.errors)")
            runs.append(try place.metrics(in: run).map(\.lasting))
            weights.append(try Data(contentsOf: run.appending(path: "model/model.safetensors")))
        }
        #expect(runs[0].count == 4)
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
        #expect(weights[0] == weights[1])
        #expect(weights[0] != weights[2])
    }

    @Test("without shuffling, the seed changes nothing")
    func noShuffle() async throws {
        let place = try Workplace()
        let data = try place.data()
        var weights: [Data] = []
        for seed in ["1", "2"] {
            let run = place.url.appending(path: seed)
            let result = try await place.train(
                [data],
                "--no-shuffle",
                "--seed",
                seed,
                "--batch-size",
                "5",
                output: run
            )
            #expect(result.status == 0, "\(result.errors)")
            weights.append(try Data(contentsOf: run.appending(path: "model/model.safetensors")))
        }
        #expect(weights[0] == weights[1])
    }

    @Test("--max-steps ends the run, or goes on beyond the epochs", arguments: [2, 7])
    func maximumSteps(steps: Int) async throws {
        let place = try Workplace()
        let result = try await place.train(
            [place.data()],
            "--max-steps",
            "\(steps)",
            "--batch-size",
            "4"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.metrics().count == steps)
    }

    @Test("progress in a file is plain lines: the first step, the last, and no control characters")
    func progress() async throws {
        let place = try Workplace()
        let result = try await place.train([place.data()], "--batch-size", "4")
        #expect(result.errorLines.contains { $0.hasPrefix("1/3  loss 0.6931") })
        #expect(result.errorLines.contains { $0.hasPrefix("3/3  loss ") })
        #expect(result.errorLines.filter { $0.hasPrefix("3/3") }.count == 1)
        #expect(!result.errors.contains("\r"))
        #expect(!result.errors.contains("\u{1B}"))
        #expect(result.errors.contains("for 3 steps, 4 pairs a step\n"))
    }

    @Test("bfloat16 and small micro-batches train too")
    func otherSettings() async throws {
        let place = try Workplace()
        let result = try await place.train(
            [place.data()],
            "--dtype",
            "bfloat16",
            "--micro-batch-tokens",
            "1",
            "--max-grad-norm",
            "inf",
            "--threads",
            "2"
        )
        #expect(result.status == 0, "\(result.errors)")
        let settings = try String(
            contentsOf: place.run.appending(path: "config.yaml"),
            encoding: .utf8
        ).split(separator: "\n")
        for line in ["dtype: bfloat16", "max-grad-norm: inf", "threads: 2"] {
            #expect(settings.contains(Substring(line)))
        }
    }
}
