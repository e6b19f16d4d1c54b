import Foundation
import OrderedJSON
import Testing

/// A file of TRL's that cannot be followed, and what is said of it.
struct BadTRLFile: Sendable, CustomTestStringConvertible {
    let text: String
    let words: [String]

    var testDescription: String { text }

    init(_ text: String, saying words: String...) {
        self.text = text
        self.words = words
    }

    static let all = [
        BadTRLFile("optim: lion_8bit", saying: "line 1", "there is no lion_8bit"),
        BadTRLFile("lr_scheduler_type: greedy", saying: "there is no greedy"),
        BadTRLFile("lr_scheduler_type: cosine_with_restarts", saying: "cosine_with_restarts"),
        BadTRLFile("seed: 1\nload_in_4bit: true", saying: "line 2", "not quantized"),
        BadTRLFile("fp16: true", saying: "fp16", "float16"),
        BadTRLFile("dtype: bfloat16", saying: "float32"),
        BadTRLFile("use_peft: true", saying: "lora_target_modules is missing"),
        BadTRLFile("num_train_epochs: 0.5", saying: "0.5 is not whole", "max_steps"),
        BadTRLFile("gradient_accumulation_steps: x", saying: "no number"),
        BadTRLFile(
            "per_device_train_batch_size: 4e18\ngradient_accumulation_steps: 4",
            saying: "line 1",
            "too large"
        ),
        BadTRLFile("dataset_train_split: train_prefs", saying: "name the file"),
        BadTRLFile("test_split_size: 0.1", saying: "penchant data split"),
        BadTRLFile("neftune_noise_alpha: 5", saying: "noise"),
        BadTRLFile("model_init_kwargs: {a: b}", saying: "line 1", "model_init_kwargs"),
        BadTRLFile("datasets:\n- name: x", saying: "no path"),
        BadTRLFile("datasets:\n- path: x\n  fraction: 0.5", saying: "fraction"),
        BadTRLFile("sync_ref_model: maybe", saying: "neither true nor false"),
        BadTRLFile("optim: sgd\noptim_args: dampening=0.5", saying: "dampening=0.5"),
        BadTRLFile("lr_scheduler_kwargs: {a: b}", saying: "no number"),
        BadTRLFile("lr_scheduler_kwargs: {power: 2}", saying: "power of linear"),
        BadTRLFile("lr_scheduler_type: polynomial\nlearning_rate: 1e-8", saying: "not below"),
        BadTRLFile("eval_strategy: steps\neval_steps: 0.1", saying: "line 2", "not whole"),
        BadTRLFile(
            "eval_strategy: epoch\nload_best_model_at_end: true",
            saying: "line 2",
            "eval_strategy steps"
        ),
        BadTRLFile(
            "eval_strategy: steps\nload_best_model_at_end: true\nmetric_for_best_model: bleu",
            saying: "line 3",
            "no eval_bleu",
            "eval_rewards/margins"
        ),
        BadTRLFile(
            "eval_strategy: steps\nload_best_model_at_end: true\ngreater_is_better: true",
            saying: "line 3",
            "eval_loss is better the less"
        ),
        BadTRLFile("loss_type: nonsense\nmodel_name_or_path: m", saying: "line 1", "nonsense"),
    ]
}

/// `--from-trl`.
@Suite struct TRLFileTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    private func config(_ text: String) async throws -> CommandResult {
        _ = try place.write("trl.yaml", Array(text.utf8))
        return try await CommandRunner.run(["config", "--from-trl", "trl.yaml"], folder: place.url)
    }

    private func lines(_ text: String) async throws -> [Substring] {
        let result = try await config(text)
        #expect(result.status == 0, "\(result.errors)")
        return result.outputLines.filter { $0.first != "#" }
    }

    @Test("names and defaults of TRL become ours, and what is left out is told with its line")
    func translation() async throws {
        let result = try await config(
            """
            model_name_or_path: tiny
            dataset_name: data.jsonl
            output_dir: run
            loss_type: [sigmoid, sft]
            loss_weights: [0.8, 1.0]
            label_smoothing: 0.1
            learning_rate: 5.0e-7
            lr_scheduler_type: cosine
            warmup_ratio: 0.1
            num_train_epochs: 2.0
            per_device_train_batch_size: 2
            gradient_accumulation_steps: 4
            max_steps: -1
            max_length: null
            optim: adamw_torch
            adam_beta2: 0.95
            weight_decay: 0.1
            max_grad_norm: 0
            gradient_checkpointing: true
            logging_steps: 25
            report_to: [wandb]
            made_up: 3
            use_peft: false
            lora_r: 8
            sync_ref_model: true
            ref_model_sync_steps: 64
            save_steps: 100
            save_total_limit: 2
            disable_dropout: false
            eval_steps: 50
            metric_for_best_model: loss
            dataset_test_split: test
            """
        )
        #expect(result.status == 0, "\(result.errors)")
        for line in [
            "model: tiny", "  - data.jsonl", "output: run", "loss: sigmoid,sft",
            "loss-weights: 0.8,1.0", "beta: 0.1", "label-smoothing: null", "learning-rate: 5.0e-7",
            "schedule: cosine", "warmup-ratio: 0.1", "epochs: 2", "batch-size: 8",
            "max-steps: null", "max-length: none", "optimizer: adamw", "adam-beta2: 0.95",
            "weight-decay: 0.1", "decay-norms-biases: false", "max-grad-norm: inf",
            "dtype: bfloat16", "lora: null", "lora-rank: null", "sync-reference: soft",
            "sync-steps: 64", "checkpoint-every: 100", "keep-checkpoints: 2",
            "model-dropout: true", "activation-checkpointing: full",
        ] {
            #expect(result.outputLines.contains(Substring(line)), "\(line)")
        }
        let notices = [
            "trl.yaml, line 30: eval_steps is left out: eval_strategy is no",
            "trl.yaml, line 31: metric_for_best_model is left out: it goes with "
                + "load_best_model_at_end, in TRL too",
            "trl.yaml, line 6: label_smoothing is left out: sigmoid,sft takes none, in TRL too",
            "trl.yaml, line 24: lora_r is left out: it goes with use_peft, in TRL too",
            "trl.yaml, line 20: logging_steps is left out: every step is in OUTPUT/metrics.jsonl",
            "trl.yaml, line 21: report_to is left out: every step is in OUTPUT/metrics.jsonl",
            "trl.yaml, line 22: made_up is left out: TRL 1.16 has no such setting",
            "trl.yaml, line 32: dataset_test_split is left out: it needs a file here: --evaluate",
        ]
        #expect(result.errorLines.map(String.init).sorted() == notices.sorted())
    }

    @Test("evaluation and the best model are followed, on what the command line names")
    func evaluation() async throws {
        let found = try await lines(
            """
            eval_strategy: steps
            eval_steps: 2
            load_best_model_at_end: true
            metric_for_best_model: rewards/margins
            """
        )
        for line in ["evaluate-every: 2", "best-metric: eval_rewards/margins", "evaluate: null"] {
            #expect(found.contains(Substring(line)), "\(line)")
        }
        // The interval of logging, which is 10 by default; and the loss.
        for (text, steps) in [("", 10), ("logging_steps: 7\n", 7)] {
            let found = try await lines(
                "eval_strategy: steps\n\(text)load_best_model_at_end: true\n"
            )
            #expect(found.contains("evaluate-every: \(steps)"))
            #expect(found.contains("best-metric: eval_loss"))
        }
        let arguments = [
            "dpo", "--from-trl", "trl.yaml", "--model", "tiny", "--data", "data.jsonl", "--output",
            "run", "--max-length", "64",
        ]
        _ = try place.data()
        _ = try place.write(
            "trl.yaml",
            Array("max_steps: 2\neval_strategy: steps\neval_steps: 1\n".utf8)
        )
        expectRefusal(
            try await CommandRunner.run(arguments, folder: place.url),
            status: 64,
            saying: ["trl.yaml, line 3", "nothing is evaluated", "--evaluate"]
        )
        let result = try await CommandRunner.run(
            arguments + ["--evaluate", "data.jsonl"],
            folder: place.url
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.metrics().count { $0["eval_loss"] != nil } == 2)
    }

    private func demonstrations(_ text: String) async throws -> CommandResult {
        _ = try place.write("trl.yaml", Array(text.utf8))
        return try await CommandRunner.run(
            ["config", "sft", "--from-trl", "trl.yaml"],
            folder: place.url
        )
    }

    @Test("a file of trl sft is read for sft, with what it has for itself")
    func supervised() async throws {
        let result = try await demonstrations(
            """
            model_name_or_path: tiny
            dataset_name: data.jsonl
            output_dir: run
            dataset_text_field: body
            assistant_only_loss: true
            packing: false
            packing_strategy: bfd
            loss_type: nll
            chat_template_path: chat.jinja
            pad_token: <pad>
            shuffle_dataset: true
            beta: 0.1
            lr_scheduler_type: polynomial
            """
        )
        #expect(result.status == 0, "\(result.errors)")
        for line in [
            "map: text=body", "scored: assistant", "chat-template: chat.jinja",
            // 1e-7, transformers' end, of 2e-5.
            "min-learning-rate-ratio: \(1e-7 / 2e-5)",
        ] {
            #expect(result.outputLines.contains(Substring(line)), "\(line) in \(result.output)")
        }
        let dropout =
            "trl.yaml: trl sft applies a model's own dropout, which is off here without "
            + "--model-dropout"
        #expect(
            result.errorLines.map(String.init).sorted()
                == [
                    "trl.yaml, line 7: packing_strategy is left out: it goes with packing, in TRL too",
                    "trl.yaml, line 10: pad_token is left out: it changes memory and speed in TRL, "
                        + "not results",
                    "trl.yaml, line 11: shuffle_dataset is left out: the order of rows follows from "
                        + "seed",
                    "trl.yaml, line 12: beta is left out: TRL 1.16 has no such setting", dropout,
                ].sorted()
        )
        for (text, scored) in [
            ("completion_only_loss: true", "answer"), ("completion_only_loss: false", "all"),
            ("completion_only_loss: false\nassistant_only_loss: true", "assistant"),
        ] {
            let result = try await demonstrations(text)
            #expect(result.outputLines.contains("scored: \(scored)"))
            #expect(result.errorLines.map(String.init) == [dropout])
        }
        let open = try await demonstrations("seed: 1")
        #expect(open.errors.contains("scores all turns without assistant_only_loss"))
    }

    @Test(
        "what would change the results of trl sft is refused",
        arguments: [
            ("seed: 1\npacking: true", ["line 2", "per_device_train_batch_size"]),
            ("loss_type: dft", ["line 1", "no dft"]),
            ("eos_token: <|im_end|>", ["line 1", "tokenizer_config.json"]),
            ("dataset_kwargs: {skip_prepare_dataset: true}", ["always prepared"]),
            ("chat_template_path: other-model", ["a template's .jinja file"]),
            ("assistant_only_loss: maybe", ["neither true nor false"]),
        ]
    )
    func badDemonstrations(text: String, words: [String]) async throws {
        expectRefusal(
            try await demonstrations(text),
            status: 64,
            saying: ["trl.yaml"] + words
        )
    }

    @Test("optimizers and schedules are followed with their arguments")
    func optimizersAndSchedules() async throws {
        let sgd = try await lines(
            "optim: rmsprop\noptim_args: 'momentum=0.5, alpha=0.9,eps=1e-4'\nadam_beta1: 0.8\n"
        )
        for line in [
            "optimizer: rmsprop", "momentum: 0.5", "rmsprop-alpha: 0.9", "rmsprop-epsilon: 1e-4",
            "adam-beta1: null", "decay-norms-biases: true",
        ] {
            #expect(sgd.contains(Substring(line)), "\(line)")
        }
        // 1e-7, transformers' end, of 2e-7.
        let polynomial = try await lines(
            "learning_rate: 2e-7\nlr_scheduler_type: polynomial\nlr_scheduler_kwargs: {power: 2}\n"
        )
        for line in ["schedule: polynomial", "min-learning-rate-ratio: 0.5", "schedule-power: 2.0"]
        {
            #expect(polynomial.contains(Substring(line)), "\(line)")
        }
        let floor = try await lines(
            """
            lr_scheduler_type: cosine_warmup_with_min_lr
            lr_scheduler_kwargs: {min_lr_rate: 0.1}
            warmup_steps: 0.25
            """
        )
        for line in [
            "schedule: cosine", "min-learning-rate-ratio: 0.1", "schedule-from-one: true",
            "warmup-ratio: 0.25",
        ] {
            #expect(floor.contains(Substring(line)), "\(line)")
        }
        let stable = try await lines(
            """
            lr_scheduler_type: warmup_stable_decay
            lr_scheduler_kwargs: {num_decay_steps: 5, min_lr_ratio: 0.2}
            warmup_steps: 3
            """
        )
        for line in [
            "schedule: warmup_stable_decay", "decay-steps: 5", "min-learning-rate-ratio: 0.2",
            "warmup-steps: 3",
        ] {
            #expect(stable.contains(Substring(line)), "\(line)")
        }
    }

    @Test(
        "of both names of checkpointing the newer goes first, and without one it is off",
        arguments: [
            ("seed: 1", "off"), ("gradient_checkpointing: false", "off"),
            ("gradient_checkpointing: true\nactivation_checkpointing: false", "off"),
            ("activation_checkpointing: true\ngradient_checkpointing: false", "full"),
            ("activation_checkpointing: null\ngradient_checkpointing: true", "full"),
        ]
    )
    func checkpointing(text: String, way: String) async throws {
        #expect(try await lines(text).contains("activation-checkpointing: \(way)"))
    }

    @Test("a run follows such a file, and flags go before it")
    func run() async throws {
        _ = try place.data()
        _ = try place.write(
            "trl.yaml",
            Array(
                """
                model_name_or_path: tiny
                datasets:
                  - path: json
                    data_files: data.jsonl
                output_dir: run
                use_peft: true
                lora_target_modules: [q_proj, v_proj]
                bf16: false
                max_length: 64
                max_steps: 9

                """.utf8
            )
        )
        let result = try await CommandRunner.run(
            ["dpo", "--from-trl", "trl.yaml", "--max-steps", "2"],
            folder: place.url
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.metrics().count == 2)
        #expect(
            try place.runFiles == ["adapter", "config.yaml", "metrics.jsonl", "tensorboard"]
        )
        let kept = try String(
            contentsOf: place.run.appending(path: "config.yaml"),
            encoding: .utf8
        ).split(separator: "\n")
        for line in ["lora-dropout: 0.05", "lora-targets: q_proj,v_proj", "dtype: float32"] {
            #expect(kept.contains(Substring(line)), "\(line)")
        }
    }

    @Test("what would change results and has no counterpart is refused", arguments: BadTRLFile.all)
    func bad(_ file: BadTRLFile) async throws {
        _ = try place.data()
        _ = try place.write("trl.yaml", Array((file.text + "\n").utf8))
        let result = try await CommandRunner.run(
            [
                "dpo", "--from-trl", "trl.yaml", "--model", "tiny", "--data", "data.jsonl",
                "--output", "run",
            ],
            folder: place.url
        )
        expectRefusal(result, status: 64, saying: ["trl.yaml"] + file.words)
        #expect(!place.runExists)
    }
}
