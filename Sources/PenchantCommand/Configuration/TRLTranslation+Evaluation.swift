import PreferenceOptimization

extension TRLTranslation {
    /// Evaluation after so many steps, on what --evaluate names, and the best model by it.
    mutating func translateEvaluation() throws {
        let strategy = take("eval_strategy")
        let line = strategy?.line ?? 1
        switch strategy?.texts.joined() ?? "no" {
        case "steps":
            // Where nothing is said it is the interval of logging.
            let logging = try number("logging_steps")
            let steps = try number("eval_steps") ?? logging ?? (10, line)
            guard let whole = Int(exactly: steps.number), whole > 0 else {
                throw refusal("eval_steps", steps.line, "\(steps.number) is not whole")
            }
            set("evaluate-every", ["\(whole)"], steps.line)
            try translateBestModel()
        case let other:
            leaveOut("eval_steps", "eval_strategy is \(other)")
            if other != "no" { notice("eval_strategy", line, "--evaluate-every counts steps") }
            if let best = try truth("load_best_model_at_end"), best.isOn {
                throw refusal("load_best_model_at_end", best.line, "it needs eval_strategy steps")
            }
            leaveOutMetric()
        }
    }

    private mutating func leaveOutMetric() {
        for key in ["metric_for_best_model", "greater_is_better"] {
            leaveOut(key, "it goes with load_best_model_at_end, in TRL too")
        }
    }

    private mutating func translateBestModel() throws {
        guard let best = try truth("load_best_model_at_end"), best.isOn else {
            return leaveOutMetric()
        }
        let given = take("metric_for_best_model")
        let line = given?.line ?? best.line
        let short = given?.texts.joined() ?? "loss"
        let name = short.hasPrefix("eval_") ? short : "eval_\(short)"
        guard let metric = EvaluationPlan.Metric.all.first(where: { $0.name == name }) else {
            let names = EvaluationPlan.Metric.all.map(\.name).joined(separator: ", ")
            throw refusal(
                "metric_for_best_model",
                line,
                "there is no \(name) here; there are \(names)"
            )
        }
        let greater = try truth("greater_is_better")
        // TRL's rule where nothing is said.
        guard greater?.isOn ?? !name.hasSuffix("loss") == metric.prefersMore else {
            throw refusal(
                "greater_is_better",
                greater?.line ?? line,
                "\(name) is better the \(metric.prefersMore ? "more" : "less") there is of it"
            )
        }
        set("best-metric", [name], line)
    }
}
