extension TRLTranslation {
    /// The schedule: names and curves are the same here and there.
    mutating func translateSchedule() throws {
        try copy("learning_rate", "learning-rate")
        let type = take("lr_scheduler_type")
        let line = type?.line ?? 1
        let name = type?.texts.first ?? "linear"
        let keywords = try takeMapping("lr_scheduler_kwargs")
        try translateWarmup(of: name)
        switch name {
        case "linear", "cosine", "constant", "inverse_sqrt": set("schedule", [name], line)
        case "constant_with_warmup": set("schedule", ["constant"], line)
        case "polynomial":
            set("schedule", [name], line)
            set("min-learning-rate-ratio", ["\(try share(of: 1e-7, line))"], line)
        case "cosine_with_min_lr", "cosine_warmup_with_min_lr":
            set("schedule", ["cosine"], line)
            if name == "cosine_warmup_with_min_lr" { turn("schedule-from-one", on: true, line) }
        case "warmup_stable_decay": set("schedule", [name], line)
        default: throw refusal("lr_scheduler_type", line, "there is no \(name) here")
        }
        for (key, value) in (keywords?.values ?? [:]).sorted(by: { $0.key < $1.key }) {
            let line = keywords?.line ?? line
            switch (name, key) {
            case ("polynomial", "power"): set("schedule-power", ["\(value)"], line)
            case ("polynomial", "lr_end"), ("cosine_with_min_lr", "min_lr"),
                ("cosine_warmup_with_min_lr", "min_lr"):
                set("min-learning-rate-ratio", ["\(try share(of: value, line))"], line)
            case ("cosine_with_min_lr", "min_lr_rate"),
                ("cosine_warmup_with_min_lr", "min_lr_rate"),
                ("warmup_stable_decay", "min_lr_ratio"):
                set("min-learning-rate-ratio", ["\(value)"], line)
            case ("warmup_stable_decay", "num_decay_steps"):
                set("decay-steps", ["\(Int(exactly: value) ?? -1)"], line)
            case (_, "num_cycles") where value == 0.5 && name != "linear": continue
            default:
                throw refusal("lr_scheduler_kwargs", line, "\(key) of \(name) has no counterpart")
            }
        }
    }

    /// Steps, or, below 1, a share of all; older files have the share under a name of its own.
    private mutating func translateWarmup(of schedule: String) throws {
        let ratio = try number("warmup_ratio")
        let steps = try number("warmup_steps")
        guard schedule != "constant" else {
            for (key, value) in [("warmup_ratio", ratio), ("warmup_steps", steps)] {
                if let value { notice(key, value.line, "constant has no warm-up, in TRL too") }
            }
            return
        }
        if let steps, steps.number > 0 {
            if steps.number < 1 {
                set("warmup-ratio", ["\(steps.number)"], steps.line)
            } else if steps.number < 1e15 {
                set("warmup-steps", ["\(Int(steps.number))"], steps.line)
            } else {
                throw refusal("warmup_steps", steps.line, "\(steps.number) is too many")
            }
        } else if let ratio, ratio.number > 0 {
            set("warmup-ratio", ["\(ratio.number)"], ratio.line)
        }
    }

    /// A learning rate as a share of the full one.
    private func share(of rate: Double, _ line: Int) throws -> Double {
        let full =
            Double(
                given["learning-rate"]?.values.first ?? (task == .sft ? "2e-5" : "1e-6")
            ) ?? 0
        guard full > rate else {
            throw refusal("lr_scheduler_type", line, "its end \(rate) is not below learning_rate")
        }
        return rate / full
    }

    /// The optimizer and its numbers.
    mutating func translateOptimizer() throws {
        let optimizer = take("optim")
        let line = optimizer?.line
        let name = optimizer?.texts.first ?? "adamw_torch_fused"
        switch name {
        case "adamw_torch", "adamw_torch_fused", "adamw_hf": set("optimizer", ["adamw"], line)
        case "sgd", "rmsprop", "adafactor": set("optimizer", [name], line)
        default: throw refusal("optim", line ?? 1, "there is no \(name) here")
        }
        for key in ["adam_beta1", "adam_beta2", "adam_epsilon"] {
            if name.hasPrefix("adamw") {
                try copy(key, key.replacing("_", with: "-"))
            } else {
                leaveOut(key, "\(name) takes none, in TRL too")
            }
        }
        try copy("weight_decay", "weight-decay")
        // transformers' trainer leaves norms and biases out.
        if let decay = given["weight-decay"], Double(decay.values.first ?? "") != 0 {
            turn("decay-norms-biases", on: false, decay.place?.line)
        }
        guard let arguments = take("optim_args") else { return }
        guard name == "sgd" || name == "rmsprop" else {
            notice("optim_args", arguments.line, "\(name) takes none, in TRL too")
            return
        }
        for text in arguments.texts.flatMap({ $0.replacing(" ", with: "").split(separator: ",") }) {
            let parts = text.split(separator: "=").map(String.init)
            switch (name, parts.first ?? "", parts.last ?? "") {
            case (_, "momentum", let value): set("momentum", [value], arguments.line)
            case (_, "weight_decay", let value): set("weight-decay", [value], arguments.line)
            case ("sgd", "nesterov", let value):
                if ["true", "1", "yes"].contains(value.lowercased()) {
                    turn("nesterov", on: true, arguments.line)
                }
            case ("rmsprop", "alpha", let value): set("rmsprop-alpha", [value], arguments.line)
            case ("rmsprop", "eps", let value): set("rmsprop-epsilon", [value], arguments.line)
            default: throw refusal("optim_args", arguments.line, "\(text) has no counterpart")
            }
        }
    }
}
