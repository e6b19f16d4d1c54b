import Foundation
import Testing

/// A command line that cannot be used, and what is said of it.
struct BadUsage: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    /// In the error line.
    let words: [String]

    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: String..., saying words: String...) {
        self.arguments = arguments
        self.words = words
    }

    /// Behind a command line that is right.
    static let flags = [
        BadUsage("--betta", "1", saying: "--betta", "--beta"),
        BadUsage("--beta", "0", saying: "--beta is 0", "above 0"),
        BadUsage("--beta", "inf", saying: "--beta is inf", "above 0"),
        BadUsage("--beta", "abc", saying: "--beta", "abc"),
        BadUsage("--loss", "dpo", saying: "--loss is dpo", "sigmoid, cdpo, robust"),
        BadUsage("--loss", "sigmoid,kto", saying: "for pairs and kto for labelled answers"),
        BadUsage("--loss", "kto", saying: "--loss is kto", ":1 is a comparison", "of sigmoid, "),
        BadUsage("--loss-weights", "1,2", saying: "--loss-weights is a list of 2"),
        BadUsage("--loss-weights", "x", saying: "--loss-weights is x", "numbers"),
        BadUsage("--label-smoothing", "0.1", saying: "sigmoid would ignore", "cdpo, robust"),
        BadUsage("--loss", "sft", "--beta", "0.1", saying: "sft would ignore"),
        BadUsage("--loss", "simpo", "--reference", "r", saying: "--reference is", "simpo"),
        BadUsage("--loss", "simpo", "--sync-reference", "hard", saying: "simpo would ignore"),
        BadUsage("--sync-steps", "4", saying: "--sync-steps is 4", "--sync-reference"),
        BadUsage("--sync-reference", "hard", "--sync-mixup", "1", saying: "--sync-mixup", "soft"),
        BadUsage("--ld-policy-only", saying: "--ld-policy-only", "--ld-alpha"),
        BadUsage("--divergence-alpha", "1", saying: "--divergence alpha_divergence"),
        BadUsage("--no-divergence-constant", saying: "--divergence than reverse_kl"),
        BadUsage("--divergence", "kl", saying: "--divergence", "forward_kl"),
        BadUsage("--learning-rate", "nan", saying: "--learning-rate is nan", "at least 0"),
        BadUsage("--warmup-ratio", "2", saying: "--warmup-ratio is 2", "0 to 1"),
        BadUsage("--warmup-ratio", "0", "--warmup-steps", "1", saying: "--warmup-ratio", "one of"),
        BadUsage("--schedule", "cosin", saying: "--schedule", "cosin", "inverse_sqrt"),
        BadUsage(
            "--min-learning-rate-ratio",
            "0.1",
            "--schedule",
            "constant",
            saying: "constant would ignore",
            "cosine"
        ),
        BadUsage("--decay-steps", "3", saying: "linear would ignore", "warmup_stable_decay"),
        BadUsage("--schedule-power", "3", saying: "linear would ignore", "polynomial"),
        BadUsage("--optimizer", "lion", saying: "--optimizer", "lion", "adafactor"),
        BadUsage("--momentum", "0.9", saying: "adamw would ignore", "sgd or rmsprop"),
        BadUsage("--optimizer", "sgd", "--adam-beta1", "0.9", saying: "sgd would ignore", "adamw"),
        BadUsage("--optimizer", "sgd", "--nesterov", saying: "--nesterov", "--momentum"),
        BadUsage("--adam-beta2", "1", saying: "--adam-beta2 is 1", "below 1"),
        BadUsage("--batch-size", "0", saying: "--batch-size is 0", "at least 1"),
        BadUsage("--micro-batch-tokens", "0", saying: "--micro-batch-tokens is 0", "at least 1"),
        BadUsage("--epochs", "9223372036854775807", saying: "--epochs", "1 to 1,000,000"),
        BadUsage("--max-steps", "0", saying: "--max-steps is 0", "at least 1"),
        BadUsage("--max-length", "1", saying: "--max-length is 1", "at least 2"),
        BadUsage("--max-length", "nothing", saying: "--max-length", "nothing"),
        BadUsage("--truncation", "both", saying: "--truncation", "both", "answer-aware"),
        BadUsage("--scored", "some", saying: "--scored", "some", "assistant"),
        BadUsage(
            "--remove-empty-thinking",
            "1.5",
            saying: "--remove-empty-thinking is 1.5",
            "0 to 1"
        ),
        BadUsage("--dtype", "int8", saying: "--dtype", "int8", "float32", "bfloat16"),
        BadUsage("--device", "nonsense", saying: "--device", "nonsense", "cuda:N"),
        BadUsage("--threads", "0", saying: "--threads is 0", "1 to 1024"),
        BadUsage("--seed", "x", saying: "--seed", "x"),
        BadUsage("--on-bad-row", "ignore", saying: "--on-bad-row", "ignore", "stop", "skip"),
        BadUsage("--data", "", saying: "--data", "path of a file"),
        BadUsage("more", saying: "more"),
    ]

    /// Alone.
    static let commands = [
        BadUsage(
            "dop",
            saying: "'dop'",
            "dpo, sft, verify-resume, replay, config, plan, score, generate, chat, objectives, data, tokenize, "
                + "render, convert, merge, "
                + "init, experiment, doctor"
        ),
        BadUsage("dpo", saying: "--model"),
        BadUsage("dpo", "--model", "m", "--data", "d", saying: "--output"),
        BadUsage("dpo", "--model", "", "--data", "d", "--output", "o", saying: "--model"),
        BadUsage("score", "--model", "m", saying: "--data"),
        BadUsage("doctor", "--all", saying: "--all"),
    ]
}

/// Command lines that cannot be used: status 64, one line, nothing written.
@Suite struct UsageTests {
    @Test("a flag that cannot be used is told with what is allowed", arguments: BadUsage.flags)
    func flags(_ usage: BadUsage) async throws {
        let place = try Workplace()
        let result = try await CommandRunner.run(
            [
                "dpo", "--model", place.model.path, "--data", place.data().path, "--output",
                place.run.path,
            ] + usage.arguments
        )
        expectRefusal(result, status: 64, saying: usage.words)
        #expect(!place.runExists)
    }

    @Test("a command that is wrong or lacks something is told", arguments: BadUsage.commands)
    func commands(_ usage: BadUsage) async throws {
        let result = try await CommandRunner.run(usage.arguments)
        expectRefusal(result, status: 64, saying: usage.words)
        #expect(result.errors.contains("--help' for more information."))
        #expect(result.errorLines.count == 2)
    }

    @Test("a device that this machine has not is refused, not replaced by another")
    func device() async throws {
        let place = try Workplace()
        // No machine has so many.
        let result = try await place.train([place.data()], "--device", "cuda:127")
        expectRefusal(result, status: 64, saying: ["--device is cuda:127", "penchant doctor"])
        #expect(!place.runExists)
    }

    @Test("large numbers are numbers")
    func largeNumbers() async throws {
        let place = try Workplace()
        let largest = "\(Int.max)"
        let result = try await place.train(
            [place.data()],
            "--batch-size",
            largest,
            "--micro-batch-tokens",
            largest,
            "--warmup-steps",
            largest,
            "--max-length",
            largest
        )
        #expect(result.status == 0, "\(result.errors)")
    }
}
