import Foundation
import OrderedJSON
import Testing

/// A file of settings that cannot be used, and what is said of it.
struct BadConfiguration: Sendable, CustomTestStringConvertible {
    let text: String
    let words: [String]

    var testDescription: String { String(text.prefix(60)) }

    init(_ text: String, saying words: String...) {
        self.text = text
        self.words = words
    }

    static let all = [
        BadConfiguration(
            "epochs: 1\nlerning-rate: 1",
            saying: "line 2",
            "'lerning-rate'",
            "is learning-rate meant?"
        ),
        BadConfiguration("batch_sise: 4", saying: "line 1", "is batch-size meant?"),
        BadConfiguration(
            "xylophone-of-doom: 4",
            saying: "line 1",
            "no setting 'xylophone-of-doom'"
        ),
        BadConfiguration("config: other.yaml", saying: "no setting 'config'"),
        BadConfiguration("quiet: true", saying: "no setting 'quiet'", "a flag alone: --quiet"),
        BadConfiguration("epochs: 1\nresume: no", saying: "line 2", "a flag alone: --resume"),
        BadConfiguration("no_shuffle: true", saying: "'no_shuffle'; shuffle: false says it"),
        BadConfiguration(
            "beta: 0.1\nepochs: 2\nbeta: 0.2",
            saying: "line 1",
            "'beta' is there twice"
        ),
        BadConfiguration("max_steps: 1\nmax-steps: 2", saying: "line 2", "twice, in line 1 too"),
        BadConfiguration("\n\nbeta: abc", saying: "line 3", "--beta", "abc"),
        BadConfiguration("beta: [1, 2]", saying: "line 1", "--beta", "1,2"),
        BadConfiguration("batch-size: 0", saying: "line 1", "--batch-size is 0", "at least 1"),
        BadConfiguration("epochs: 1\nsync-steps: 4", saying: "line 2", "--sync-steps is 4"),
        BadConfiguration("loss: dpo", saying: "line 1", "--loss is dpo"),
        BadConfiguration("wpo: 3", saying: "line 1", "wpo is neither true nor false"),
        BadConfiguration("wpo: 'true'", saying: "line 1", "wpo is neither true nor false"),
        BadConfiguration(
            "beta:\n  value: 1",
            saying: "line 1",
            "beta is neither a value nor a list"
        ),
        BadConfiguration("loss: [[sigmoid]]", saying: "line 1", "neither a value nor a list"),
        BadConfiguration("- beta", saying: "a mapping of names to values"),
        BadConfiguration("beta", saying: "a mapping of names to values"),
        BadConfiguration("[a]: b", saying: "a key is not a name"),
        BadConfiguration("beta: 'x", saying: "not YAML", "line 1"),
        BadConfiguration("beta: 1\n---\nbeta: 2", saying: "not YAML"),
        BadConfiguration("beta: &a 1\ngamma: *a", saying: "line 1", "anchors"),
        BadConfiguration("beta: *a", saying: "not YAML", "alias"),
        BadConfiguration("\u{FEFF}beta: \u{0}", saying: "not YAML"),
        // Nine levels of ten aliases each would be a thousand million values.
        BadConfiguration(
            "a: &a [x]\n"
                + (1...9).map { "k\($0): &k\($0) [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]" }
                .joined(separator: "\n"),
            saying: "line 1",
            "anchors"
        ),
        BadConfiguration("loss: " + String(repeating: "[", count: 60_000), saying: "not YAML"),
        BadConfiguration("loss: " + String(repeating: "{a: ", count: 10_000), saying: "not YAML"),
        BadConfiguration(String(repeating: "- ", count: 30_000), saying: "not YAML"),
        BadConfiguration("#" + String(repeating: " ", count: 70_000), saying: "70001 bytes"),
    ]
}

/// `--config`, `penchant config` and what a run keeps of its settings.
@Suite struct ConfigurationTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    private func file(_ text: String, _ name: String = "run.yaml") throws -> URL {
        try place.write(name, Array(text.utf8))
    }

    /// The numbers of a run, but for times and memory.
    private func numbers(in run: URL? = nil) throws -> [[String]] {
        try place.metrics(in: run).map { line in
            line.members.filter { !$0.key.contains("/") || $0.key.hasPrefix("rewards/") }
                .map { "\($0.key) \($0.value.text)" }
        }
    }

    private func weights(in run: URL, _ name: String = "model/model.safetensors") throws -> Data {
        try Data(contentsOf: run.appending(path: name))
    }

    private func dpo(_ arguments: String...) async throws -> CommandResult {
        try await CommandRunner.run(["dpo"] + arguments, folder: place.url)
    }

    @Test("a file says what flags say, with dashes or underscores, and flags go before it")
    func file() async throws {
        let data = try place.data()
        let flags = try await CommandRunner.run([
            "dpo", "--model", place.model.path, "--data", data.path, "--output", place.run.path,
            "--max-length", "64", "--learning-rate", "0.01", "--epochs", "1", "--batch-size", "4",
            "--loss", "sigmoid,sft", "--loss-weights", "1,0.5", "--schedule", "cosine",
            "--warmup-ratio", "0.3", "--no-shuffle",
        ])
        #expect(flags.status == 0, "\(flags.errors)")
        // Paths are meant from the current folder, not from the file's.
        try FileManager.default.createDirectory(
            at: place.url.appending(path: "settings"),
            withIntermediateDirectories: false
        )
        _ = try file(
            """
            # A comment.
            model: tiny
            data: [data.jsonl]
            output: nowhere
            max_length: 64
            learning_rate: 1e-2
            epochs: 7
            batch-size: "4"
            loss:
              - sigmoid
              - sft
            loss-weights: 1,0.5
            schedule: cosine
            warmup-ratio: 0.3
            shuffle: no
            wpo: false
            gamma: null
            beta:
            """,
            "settings/run.yaml"
        )
        let result = try await dpo(
            "--config",
            "settings/run.yaml",
            "--epochs",
            "1",
            "--output=second"
        )
        #expect(result.status == 0, "\(result.errors)")
        let second = place.url.appending(path: "second")
        #expect(try numbers() == numbers(in: second))
        #expect(try weights(in: place.run) == weights(in: second))
        #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "nowhere").path))
    }

    @Test("flags turn off what a file turns on, and the other way round")
    func switches() async throws {
        _ = try place.data()
        _ = try file(
            """
            model: tiny
            data: data.jsonl
            max-length: 64
            max-steps: 1
            lora-rank: 2
            wpo: true
            shuffle: false
            tensorboard: true
            """
        )
        let result = try await dpo(
            "--config",
            "run.yaml",
            "--output",
            "run",
            "--no-lora",
            "--no-wpo",
            "--shuffle",
            "--no-tensorboard"
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.runFiles == ["config.yaml", "metrics.jsonl", "model"])
        let lines = try String(
            contentsOf: place.run.appending(path: "config.yaml"),
            encoding: .utf8
        ).split(separator: "\n")
        for line in ["lora: false", "wpo: false", "shuffle: true", "tensorboard: false"] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test("every switch of a file has a flag for on and one for off", arguments: ["dpo", "sft"])
    func inversions(command: String) async throws {
        let printed = try await CommandRunner.run(["config", command])
        let help = try await CommandRunner.run(["help", command])
        let switches = printed.outputLines.filter {
            $0.hasSuffix(": true") || $0.hasSuffix(": false")
        }.map { $0.prefix { $0 != ":" } }
        #expect(switches.contains("shuffle"))
        for name in switches + ["lora"] {
            #expect(help.output.contains("  --\(name)/--no-\(name)"), "\(name)")
        }
        #expect(
            printed.output.contains(
                "\n# --overwrite, --resume, --quiet, --json, --profile say what one call does"
            )
        )
    }

    @Test("data of the command line replace the file's")
    func repeated() async throws {
        _ = try place.data(Rows.text, name: "a.jsonl")
        _ = try place.data(Rows.tokens, name: "b.jsonl")
        _ = try file("model: tiny\nmax-length: 64\nepochs: 1\ndata:\n- a.jsonl\n- b.jsonl\n")
        let both = try await dpo("--config", "run.yaml", "--output", "both")
        #expect(both.errors.contains("14 rows read"), "\(both.errors)")
        let one = try await dpo("--config", "run.yaml", "--output", "one", "--data", "b.jsonl")
        #expect(one.errors.contains("4 rows read"), "\(one.errors)")
    }

    @Test("a file that cannot be used is told in one line", arguments: BadConfiguration.all)
    func bad(_ configuration: BadConfiguration) async throws {
        _ = try place.data()
        _ = try file(configuration.text)
        let result = try await CommandRunner.run(
            ["dpo", "--model", "tiny", "--data", "data.jsonl", "--output", "run"]
                + ["--config", "run.yaml"],
            folder: place.url,
            timeLimit: .seconds(60)
        )
        expectRefusal(result, status: 64, saying: ["run.yaml"] + configuration.words)
        #expect(!place.runExists)
    }

    @Test("bytes that are no text, a file that is not there, and two files are refused")
    func unreadable() async throws {
        _ = try place.write("run.yaml", [0x62, 0xFF, 0xFE])
        expectRefusal(
            try await dpo("--config", "run.yaml"),
            status: 64,
            saying: ["run.yaml", "not UTF-8"]
        )
        expectRefusal(
            try await dpo("--config", "none.yaml"),
            status: 65,
            saying: ["none.yaml", "No such file"]
        )
        expectRefusal(
            try await dpo("--config", "run.yaml", "--from-trl", "run.yaml"),
            status: 64,
            saying: ["one file"]
        )
    }

    @Test(
        "config.yaml of a run repeats it",
        arguments: [
            ["--loss", "simpo", "--optimizer", "rmsprop", "--schedule", "constant"],
            ["--lora", "--lora-dropout", "0.1", "--warmup-steps", "2", "--weight-decay", "0.1"],
            ["--sync-reference", "soft", "--sync-steps", "1", "--optimizer", "adafactor"],
            [
                "--loss", "sigmoid,sft", "--loss-weights", "1,0.25", "--divergence",
                "alpha_divergence", "--schedule", "warmup_stable_decay", "--no-shuffle",
                "--train", "mlp|it's", "--max-grad-norm", "inf",
            ],
        ]
    )
    func repetition(flags: [String]) async throws {
        _ = try place.data()
        let first = try await CommandRunner.run(
            [
                "dpo", "--model", "tiny", "--data", "data.jsonl", "--output", "run", "--epochs",
                "2",
                "--max-length", "64", "--learning-rate", "0.01", "--batch-size", "3",
                "--data-cache", "none",
            ] + flags,
            folder: place.url
        )
        #expect(first.status == 0, "\(first.errors)")
        // From another folder: the file's paths are whole.
        let again = place.url.appending(path: "again")
        let second = try await CommandRunner.run([
            "dpo", "--config", place.run.appending(path: "config.yaml").path, "--output",
            again.path,
        ])
        #expect(second.status == 0, "\(second.errors)")
        #expect(try numbers().count == 8)
        #expect(try numbers() == numbers(in: again))
        let name =
            flags.contains("--lora")
            ? "adapter/adapter_model.safetensors" : "model/model.safetensors"
        #expect(try weights(in: place.run, name) == weights(in: again, name))
        // But for the folder, it keeps the same settings.
        let texts = try [place.run, again].map {
            try String(contentsOf: $0.appending(path: "config.yaml"), encoding: .utf8)
                .split(separator: "\n").filter { !$0.hasPrefix("output:") }
        }
        #expect(texts[0] == texts[1])
    }

    @Test("what a run keeps has every setting, with the value that was used")
    func resolved() async throws {
        let result = try await place.train([place.data()], "--loss", "simpo", "--lora")
        #expect(result.status == 0, "\(result.errors)")
        let lines = try String(
            contentsOf: place.run.appending(path: "config.yaml"),
            encoding: .utf8
        ).split(separator: "\n")
        for line in [
            "model: \(place.model.path)", "loss: simpo", "beta: 2.0", "lora: true",
            "lora-rank: 16", "lora-targets: all-linear", "optimizer: adamw", "adam-beta2: 0.999",
            "momentum: null", "schedule: linear", "warmup-steps: 0", "warmup-ratio: null",
            "threads: 1", "device: cpu", "seed: 42", "reference: null", "shuffle: true",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
        let printed = try await CommandRunner.run(["config"])
        func keys(_ lines: [Substring]) -> [Substring] {
            lines.filter { $0.first?.isLetter == true }.map { $0.prefix { $0 != ":" } }
        }
        #expect(keys(printed.outputLines) == keys(lines))
    }

    @Test("the printed file parses back and changes nothing")
    func printed() async throws {
        let printed = try await CommandRunner.run(["config"])
        #expect(printed.status == 0)
        #expect(printed.output.contains("\n## Objective\n"))
        #expect(printed.outputLines.allSatisfy { $0.count <= 100 })
        _ = try file(printed.output)
        let data = try place.data()
        let plain = try await place.train([data])
        #expect(plain.status == 0, "\(plain.errors)")
        let again = place.url.appending(path: "again")
        let result = try await place.train(
            [data],
            "--config",
            place.url.appending(path: "run.yaml").path,
            output: again
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try numbers() == numbers(in: again))
    }

    @Test("plan and verify-resume read the same file, and a command without one is told")
    func others() async throws {
        _ = try place.data()
        _ = try file("model: tiny\ndata: data.jsonl\nlora: true\noutput: run\nmax-length: 64\n")
        let plan = try await CommandRunner.run(["plan", "--config", "run.yaml"], folder: place.url)
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.output.contains("peak"))
        let verification = try await CommandRunner.run(
            ["verify-resume", "--config", "run.yaml", "--steps", "2"],
            folder: place.url
        )
        #expect(verification.status == 0, "\(verification.errors)")
        #expect(verification.output.contains("the same, bit for bit"))
        expectRefusal(
            try await CommandRunner.run(["config", "score"]),
            status: 64,
            saying: ["'score'", "dpo"]
        )
    }
}
