import OrderedJSON

// PEFT's adapter_config.json, as PEFT 0.21 writes and reads it.
extension AdapterConfiguration {
    /// Keys that change nothing about how the adapter computes.
    private static let ignored: Set = [
        "auto_mapping", "fan_in_fan_out", "inference_mode", "megatron_core", "peft_version",
        "qalora_group_size", "revision",
    ]

    private static let read: Set = [
        "alpha_pattern", "base_model_name_or_path", "bias", "init_lora_weights", "lora_alpha",
        "lora_dropout", "peft_type", "r", "rank_pattern", "target_modules", "task_type",
        "use_dora", "use_rslora",
    ]

    /// Far beyond all adapters: the largest are smaller than the matrices they adapt.
    public static let allowedRanks = 1...65_536

    /// Reads a configuration.
    ///
    /// - Throws: `ModelError` naming the key that is missing or cannot be used.
    init(_ file: ConfigurationReader) throws {
        try Self.requireSupported(file)
        self.init(
            rank: try file.positive("r", default: 8),
            alpha: try file.number("lora_alpha", default: 8),
            dropout: try file.number("lora_dropout", default: 0),
            targets: try Self.targets(file),
            usesRSLoRA: try file.bool("use_rslora", default: false),
            usesDoRA: try file.bool("use_dora", default: false),
            baseModel: try file.string("base_model_name_or_path")
        )
        let allowed = Self.allowedRanks
        let limit = "at most \(allowed.upperBound) is supported"
        try file.require("r", allowed.contains(rank), limit)
        try file.require(
            "lora_dropout",
            (0..<1).contains(dropout),
            "a number from 0 to below 1 is needed"
        )
        ranks = try Self.overrides(file, "rank_pattern")
        alphas = try Self.overrides(file, "alpha_pattern")
        try file.require(
            "rank_pattern",
            ranks.allSatisfy { Int(exactly: $0.value).map(allowed.contains) ?? false },
            "ranks are positive integers; \(limit)"
        )
    }

    private static func requireSupported(_ file: ConfigurationReader) throws {
        try file.require(
            "peft_type",
            file.value("peft_type") == "LORA",
            "LORA is the kind of adapter that is supported"
        )
        try file.require(
            "task_type",
            [nil, "CAUSAL_LM"].contains(file.value("task_type")),
            "CAUSAL_LM is supported"
        )
        try file.require(
            "bias",
            [nil, "none"].contains(file.value("bias")),
            "biases are not trained with an adapter; none is supported"
        )
        try file.require(
            "init_lora_weights",
            [nil, true, false, "gaussian"].contains(file.value("init_lora_weights")),
            "other ways to begin change the base model's weights; true, false and gaussian are "
                + "supported"
        )
        // What newer versions add is off where it is null, false or empty.
        for (key, value) in file.object.members where !ignored.contains(key) && !read.contains(key)
        {
            let isOff = [.null, false, [], .object(JSONObject())].contains(value)
            try file.require(key, isOff, "this is not supported; without it the key is null")
        }
    }

    private static func targets(_ file: ConfigurationReader) throws -> Targets {
        let key = "target_modules"
        guard let text = file.value(key)?.string else {
            guard let names = try file.strings(key), !names.isEmpty else {
                throw file.error(key, "names of modules or a pattern are needed")
            }
            return .names(names)
        }
        if text == allLinear { return .allLinear }
        guard let pattern = NamePattern(text, coversName: true) else {
            throw file.error(key, "it is not a regular expression")
        }
        return .pattern(pattern)
    }

    /// PEFT's word for all linear layers.
    static let allLinear = "all-linear"

    private static func overrides(_ file: ConfigurationReader, _ key: String) throws -> [Override] {
        try (file.nested(key)?.object.members ?? []).map { name, value in
            guard let pattern = NamePattern(endingWith: name), let number = value.double,
                number.isFinite
            else {
                throw file.error(key, "patterns of module names with a number each are needed")
            }
            return Override(pattern: pattern, value: number)
        }
    }

    /// The file for an adapter.
    ///
    /// - Parameters:
    ///   - modules: names of those that are adapted.
    ///   - isTransposed: whether the base has their weights the other way round, as GPT-2.
    func json(modules: [String], isTransposed: Bool) -> JSONObject {
        func members(_ overrides: [Override]) -> JSONValue {
            .object(JSONObject(overrides.map { ($0.pattern.text, .concise($0.value)) }))
        }
        return JSONObject([
            ("alpha_pattern", members(alphas)),
            ("base_model_name_or_path", baseModel.map { .string($0) } ?? .null),
            ("bias", "none"),
            ("fan_in_fan_out", .bool(isTransposed)),
            ("inference_mode", true),
            ("init_lora_weights", true),
            ("lora_alpha", .concise(alpha)),
            ("lora_dropout", .number(dropout)),
            ("peft_type", "LORA"),
            ("r", .integer(rank)),
            ("rank_pattern", members(ranks)),
            ("target_modules", savedTargets(modules)),
            ("task_type", "CAUSAL_LM"),
            ("use_dora", .bool(usesDoRA)),
            ("use_rslora", .bool(usesRSLoRA)),
        ])
    }

    private func savedTargets(_ modules: [String]) -> JSONValue {
        func list(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
        switch targets {
        case .names(let names): return list(names)
        case .pattern(let pattern): return .string(pattern.text)
        case .allLinear:
            // Their own names, as in PEFT: what counts as linear is not the same everywhere.
            let names = modules.map { String($0.split(separator: ".").last ?? "") }
            return list(Set(names).sorted())
        }
    }
}

extension ConfigurationReader {
    /// A finite number.
    fileprivate func number(_ key: String, default fallback: Double) throws -> Double {
        guard let value = value(key) else { return fallback }
        guard let number = value.double, number.isFinite else {
            throw error(key, "a number is needed")
        }
        return number
    }
}

extension JSONValue {
    /// A number, as an integer where it is one.
    fileprivate static func concise(_ number: Double) -> JSONValue {
        Int(exactly: number).map { .integer($0) } ?? .number(number)
    }
}
