import Files
import Objectives
import Yams

/// The settings that a file of TRL's means here: the arguments of `trl dpo --config` or of `trl sft
/// --config`, TRL 1.16.
///
/// What is not in the file has TRL's default, also where ours is another. Whatever would change
/// results and has no counterpart is an error; the rest that has none is noticed.
struct TRLTranslation {
    /// The settings, each with the line that it comes from.
    private(set) var given = GivenSettings()
    /// One line for each key that is left out, with the reason.
    private(set) var notices: [String] = []

    /// What the file is for.
    let task: TrainingTask
    private let path: String
    /// What is not translated yet.
    private var rest: [String: (value: Node, line: Int)] = [:]
    /// Names of keys in the order of the file.
    private let order: [String]

    /// Translates a file.
    ///
    /// - Throws: `ConfigurationError` for the first key that cannot be followed.
    init(_ file: ConfigurationFile, for task: TrainingTask) throws {
        self.task = task
        path = file.path
        order = file.entries.map(\.key)
        for entry in file.entries { rest[entry.key] = (entry.value, entry.line) }
        try translateFiles()
        if task == .sft {
            try translateDemonstrations()
        } else {
            try translateObjective()
        }
        try translateSteps()
        try translateSchedule()
        try translateOptimizer()
        try translateAdapter()
        try translateComputing()
        try translateEvaluation()
        try translateCheckpoints()
        try finish()
    }

    private mutating func translateFiles() throws {
        try copy("model_name_or_path", "model")
        try copy("output_dir", "output")
        if let datasets = rest.removeValue(forKey: "datasets"), !datasets.value.isNull {
            try translateMixture(datasets.value, line: datasets.line)
            leaveOut("dataset_name", "datasets goes first")
        } else {
            try copy("dataset_name", "data")
        }
    }

    /// A list of data sets, of which each is a path.
    private mutating func translateMixture(_ value: Node, line: Int) throws {
        var paths: [String] = []
        for item in value.sequence ?? [] {
            guard let mapping = item.mapping, let source = mapping["path"]?.scalar?.string else {
                throw refusal("datasets", line, "an element has no path")
            }
            for (key, value) in mapping where !value.isNull {
                let name = key.scalar?.string ?? ""
                guard name == "path" || name == "data_files" || value.scalar?.string == "train"
                else {
                    throw refusal("datasets", line, "\(name) has no counterpart; name the files")
                }
            }
            let files = mapping["data_files"].flatMap { $0.isNull ? nil : $0.texts }
            paths += files ?? [source]
        }
        set("data", paths, line)
    }

    private mutating func translateObjective() throws {
        let loss = take("loss_type")
        let names = loss?.texts.flatMap { $0.split(separator: ",").map(String.init) } ?? ["sigmoid"]
        let objectives = names.compactMap { Objective.named($0) }
        if let loss { set("loss", [names.joined(separator: ",")], loss.line) }
        if let weights = take("loss_weights") {
            set("loss-weights", [weights.texts.joined(separator: ",")], weights.line)
        }
        // Defaults are one for all losses there.
        for (key, name, standard) in [
            ("beta", ObjectiveParameter.Name.beta, "0.1"),
            ("label_smoothing", .labelSmoothing, "0.0"), ("discopop_tau", .temperature, "0.05"),
        ] {
            let value = take(key)
            if objectives.contains(where: { $0.parameter(name) != nil }) {
                set(name.rawValue, value?.texts ?? [standard], value?.line)
            } else if let value {
                notice(key, value.line, "\(names.joined(separator: ",")) takes none, in TRL too")
            }
        }
        try copy("f_divergence_type", "divergence")
        if given["divergence"]?.values == ["alpha_divergence"] {
            try copy("f_alpha_divergence_coef", "divergence-alpha")
        } else {
            leaveOut("f_alpha_divergence_coef", "it goes with alpha_divergence, in TRL too")
        }
        try copy("ld_alpha", "ld-alpha")
        try copySwitch("use_weighting", "wpo")
        if try isOn("sync_ref_model") {
            set("sync-reference", ["soft"], nil)
            try copy("ref_model_sync_steps", "sync-steps")
            try copy("ref_model_mixup_alpha", "sync-mixup")
        } else {
            for key in ["ref_model_sync_steps", "ref_model_mixup_alpha"] {
                leaveOut(key, "it goes with sync_ref_model, in TRL too")
            }
        }
    }

    private mutating func translateSteps() throws {
        let (batch, accumulation) = (
            try integer("per_device_train_batch_size"),
            try integer("gradient_accumulation_steps")
        )
        let product = (batch?.number ?? 8).multipliedReportingOverflow(
            by: accumulation?.number ?? 1
        )
        if let line = batch?.line ?? accumulation?.line {
            guard !product.overflow else {
                throw refusal("gradient_accumulation_steps", line, "the batch is too large")
            }
            set("batch-size", ["\(product.partialValue)"], line)
        }
        if let epochs = try number("num_train_epochs") {
            guard let whole = Int(exactly: epochs.number) else {
                throw refusal(
                    "num_train_epochs",
                    epochs.line,
                    "\(epochs.number) is not whole; say max_steps"
                )
            }
            set("epochs", ["\(whole)"], epochs.line)
        }
        if let steps = try integer("max_steps"), steps.number > 0 {
            set("max-steps", ["\(steps.number)"], steps.line)
        }
        if let norm = try number("max_grad_norm") {
            // 0 is the trainer's word for no limit.
            set("max-grad-norm", [norm.number == 0 ? "inf" : "\(norm.number)"], norm.line)
        }
        if let length = rest.removeValue(forKey: "max_length") {
            set(
                "max-length",
                length.value.isNull ? ["none"] : length.value.texts ?? [],
                length.line
            )
        }
        if let mode = take("truncation_mode") {
            set("truncation", mode.texts.map { $0.replacing("_", with: "-") }, mode.line)
        }
        try copy("router_aux_loss_coef", "router-aux-loss-coef")
        try copy("seed", "seed")
        if let order = take("train_sampling_strategy"), order.texts != ["random"] {
            guard order.texts == ["sequential"] else {
                throw refusal(
                    "train_sampling_strategy",
                    order.line,
                    "random or sequential is needed"
                )
            }
            turn("shuffle", on: false, order.line)
        }
    }

    private mutating func translateAdapter() throws {
        let names = ["lora_r", "lora_alpha", "lora_dropout", "lora_target_modules"]
        guard try isOn("use_peft") else {
            for key in names + ["use_rslora", "use_dora"] {
                leaveOut(key, "it goes with use_peft, in TRL too")
            }
            return
        }
        turn("lora", on: true, nil)
        let targets = take("lora_target_modules")
        guard let targets else {
            throw ConfigurationError(
                path,
                "lora_target_modules is missing; what PEFT takes then depends on the model, so say it"
            )
        }
        set("lora-targets", [targets.texts.joined(separator: ",")], targets.line)
        for (key, name, value) in [
            ("lora_r", "lora-rank", "16"), ("lora_alpha", "lora-alpha", "32"),
            ("lora_dropout", "lora-dropout", "0.05"),
        ] {
            let own = take(key)
            set(name, own?.texts ?? [value], own?.line)
        }
        try copySwitch("use_rslora", "rslora")
        try copySwitch("use_dora", "dora")
    }

    private mutating func translateComputing() throws {
        let half = rest["fp16"]?.line ?? 1
        if try isOn("fp16") {
            throw refusal("fp16", half, "there is no float16 training; bf16 or neither is needed")
        }
        let isFull = given["lora"] == nil
        if let dtype = take("dtype") ?? take("torch_dtype"), dtype.texts != ["float32"] {
            guard !isFull else {
                throw refusal(
                    "dtype",
                    dtype.line,
                    "weights are trained in float32 here, which is TRL's default too"
                )
            }
            notice("dtype", dtype.line, "weights that are not trained stay as their file has them")
        }
        // On by default since TRL 0.20: layers compute in bfloat16 and weights are float32.
        let bf16 = take("bf16")
        set("dtype", [bf16?.truth == false ? "float32" : "bfloat16"], bf16?.line)
        if let isOff = take("disable_dropout"), isOff.truth == false {
            turn("model-dropout", on: true, isOff.line)
        }
        if try isOn("use_cpu") { set("device", ["cpu"], nil) }
        // On by default in TRL; but results are the same, so where nothing is said none is taken
        // time for. The first name is older and counts where the second is not there.
        for key in ["gradient_checkpointing", "activation_checkpointing"] {
            guard let (value, line) = rest[key], !value.isNull else { continue }
            set("activation-checkpointing", [try isOn(key) ? "full" : "off"], line)
        }
    }

    /// Checkpoints hold what TRL's hold; TRL makes them every 500 steps where nothing is said.
    private mutating func translateCheckpoints() throws {
        let strategy = take("save_strategy")
        switch strategy?.texts.first ?? "steps" {
        case "steps":
            let steps = try number("save_steps")
            guard let steps else { break }
            if let whole = Int(exactly: steps.number), whole > 0 {
                set("checkpoint-every", ["\(whole)"], steps.line)
            } else {
                notice("save_steps", steps.line, "a share of the steps is no --checkpoint-every")
            }
        case "no": leaveOut("save_steps", "save_strategy is no")
        default:
            notice("save_strategy", strategy?.line ?? 1, "--checkpoint-every counts steps")
            leaveOut("save_steps", "save_strategy is not steps")
        }
        try copy("save_total_limit", "keep-checkpoints")
    }

    /// Looks at what no other part has taken.
    private mutating func finish() throws {
        for key in order {
            guard let (value, line) = rest[key], !value.isNull else { continue }
            if let (harmless, reason) = TRLKeys.fixed[key] {
                guard let text = value.scalar?.string.lowercased(), harmless.contains(text) else {
                    throw refusal(key, line, reason)
                }
            } else {
                let reason = TRLKeys.leftOut[key] ?? "TRL 1.16 has no such setting"
                notice(key, line, reason)
            }
        }
    }
}

// What the parts above and the schedule and optimizer are translated with.
extension TRLTranslation {
    /// A value of the file.
    struct Found {
        let texts: [String]
        let truth: Bool?
        let line: Int
    }

    /// Takes a value that is given.
    mutating func take(_ key: String) -> Found? {
        guard let (value, line) = rest[key], !value.isNull, let texts = value.texts else {
            return nil
        }
        rest[key] = nil
        return Found(texts: texts, truth: value.truth, line: line)
    }

    /// Takes a value that is a mapping.
    mutating func takeMapping(_ key: String) throws -> (values: [String: Double], line: Int)? {
        guard let (value, line) = rest[key], !value.isNull else { return nil }
        rest[key] = nil
        var values: [String: Double] = [:]
        guard let mapping = value.mapping else { throw refusal(key, line, "it is no mapping") }
        for (name, value) in mapping where !value.isNull {
            guard let name = name.scalar?.string, let number = Double(value.scalar?.string ?? "")
            else { throw refusal(key, line, "a value is no number") }
            values[name] = number
        }
        return (values, line)
    }

    /// Takes a number.
    mutating func number(_ key: String) throws -> (number: Double, line: Int)? {
        guard let found = take(key) else { return nil }
        guard found.texts.count == 1, let number = Double(found.texts[0]) else {
            throw refusal(key, found.line, "it is no number")
        }
        return (number, found.line)
    }

    /// Takes a whole number.
    mutating func integer(_ key: String) throws -> (number: Int, line: Int)? {
        guard let (number, line) = try number(key) else { return nil }
        guard let whole = Int(exactly: number) else {
            throw refusal(key, line, "\(number) is not whole")
        }
        return (whole, line)
    }

    /// Takes a switch.
    mutating func truth(_ key: String) throws -> (isOn: Bool, line: Int)? {
        guard let found = take(key) else { return nil }
        guard let truth = found.truth else {
            throw refusal(key, found.line, "it is neither true nor false")
        }
        return (truth, found.line)
    }

    /// Takes a switch, which is off where it is not given.
    mutating func isOn(_ key: String) throws -> Bool { try truth(key)?.isOn ?? false }

    /// Takes a value over under another name.
    mutating func copy(_ key: String, _ name: String) throws {
        guard let found = take(key) else { return }
        set(name, found.texts, found.line)
    }

    /// Takes a switch over under another name.
    mutating func copySwitch(_ key: String, _ name: String) throws {
        let line = rest[key]?.line
        if try isOn(key) { turn(name, on: true, line) }
    }

    /// Sets one of our settings.
    mutating func set(_ name: String, _ values: [String], _ line: Int?) {
        let place = GivenSettings.FilePlace(file: path, line: line)
        given.set(.init(name: name, values: values, place: place))
    }

    /// Turns one of our switches on or off.
    mutating func turn(_ name: String, on isOn: Bool, _ line: Int?) {
        set(name, ["\(isOn)"], line)
    }

    /// Notices that a value is left out, if there is one.
    mutating func leaveOut(_ key: String, _ reason: String) {
        guard let found = take(key) else { return }
        notice(key, found.line, reason)
    }

    /// Notices what no key says.
    mutating func remark(_ text: String) { notices.append("\(path): \(text)") }

    mutating func notice(_ key: String, _ line: Int, _ reason: String) {
        notices.append("\(path), line \(line): \(key) is left out: \(reason)")
    }

    func refusal(_ key: String, _ line: Int, _ reason: String) -> ConfigurationError {
        ConfigurationError(path, line: line, "\(key) cannot be followed: \(reason)")
    }
}
