import Foundation
import OrderedJSON

/// Reads what config.json says of rotary positions.
///
/// Follows transformers 5.23, modeling_rope_utils.py. transformers 4 wrote `rope_theta` beside an
/// optional `rope_scaling`, 5 writes `rope_parameters` with all of it.
struct RotaryReader {
    let file: ConfigurationReader
    /// Numbers of a head.
    let headSize: Int
    /// How many positions the model knows (`max_position_embeddings`).
    let maximumPositions: Int
    /// The base where the file has none.
    var base = 10_000.0
    /// Whether a part of each head may stay as it is.
    var rotatesPart = false
    /// How far the model reached before it was stretched, where its class has a default for that.
    var originalPositions: Int?

    init(_ file: ConfigurationReader, _ shape: DecoderShape) {
        self.file = file
        headSize = shape.headSize
        maximumPositions = shape.maximumPositions
    }

    /// The one kind of rotary positions of a model.
    ///
    /// - Throws: `ModelError` naming the key that cannot be used.
    func configuration() throws -> RotaryConfiguration {
        let scaling = try file.nested("rope_scaling")
        let section =
            if let scaling, !scaling.isEmpty { scaling } else { try file.nested("rope_parameters") }
        return try configuration(
            section,
            defaultBase: file.positive("rope_theta", default: base)
        )
    }

    /// One of several kinds of a model.
    ///
    /// - Parameters:
    ///   - section: the object with the kind and its keys; the plain kind where nil.
    ///   - defaultBase: the base where the section has none.
    func configuration(
        _ section: ConfigurationReader?,
        defaultBase: Double
    ) throws -> RotaryConfiguration {
        let source = section ?? file
        var result = RotaryConfiguration(
            dimension: try dimension(source),
            base: try section?.positive("rope_theta", default: defaultBase) ?? defaultBase,
            scaling: .none,
            attentionFactor: 1
        )
        if let section { try read(section, into: &result) }
        let frequencies = result.frequencies(length: 0) + result.frequencies(length: .max)
        try source.require(
            "rope_theta",
            frequencies.allSatisfy(\.isFinite) && result.attentionFactor.isFinite,
            "with the keys beside it, it gives frequencies that are no numbers"
        )
        return result
    }

    /// How many numbers of a head turn.
    private func dimension(_ section: ConfigurationReader) throws -> Int {
        let key = "partial_rotary_factor"
        let source = section.value(key) == nil ? file : section
        let part = try source.positive(key, default: 1.0)
        try source.require(
            key,
            part == 1 || rotatesPart && part < 1,
            rotatesPart ? "at most 1 is allowed" : "only 1 is supported for this model_type"
        )
        let dimension = Int(Double(headSize) * part)
        try source.require(
            part == 1 ? "head_dim" : key,
            dimension > 0 && dimension % 2 == 0,
            "rotary embedding needs an even number"
                + (part == 1 ? "" : " of each head's \(headSize) elements")
        )
        return dimension
    }

    private func read(
        _ section: ConfigurationReader,
        into result: inout RotaryConfiguration
    ) throws {
        // transformers wrote "type" before it wrote "rope_type".
        let key = section.value("rope_type") == nil ? "type" : "rope_type"
        var kind = try section.string(key) ?? "default"
        // Early files of Phi-3 call it so.
        if rotatesPart, kind == "su" || kind == "yarn" { kind = "longrope" }
        switch kind {
        case "default": break
        case "linear": result.scaling = .linear(factor: try section.positiveNumber("factor"))
        case "dynamic":
            try section.require(key, result.dimension > 2, "heads of more than 2 numbers need it")
            result.scaling = .dynamic(
                factor: try section.positiveNumber("factor"),
                positions: maximumPositions
            )
        case "llama3":
            let low = try section.positiveNumber("low_freq_factor")
            let high = try section.positiveNumber("high_freq_factor")
            try section.require(
                "high_freq_factor",
                high > low,
                "more than low_freq_factor, \(low), is needed"
            )
            result.scaling = .llama3(
                factor: try section.positiveNumber("factor"),
                low: low,
                high: high,
                positions: try positionsBefore(section)
            )
        case "yarn": try readYaRN(section, into: &result)
        case "longrope": try readLongRoPE(section, into: &result)
        default:
            throw section.error(
                key,
                "known are default, linear, dynamic, llama3, yarn, longrope"
            )
        }
    }

    private func readYaRN(
        _ section: ConfigurationReader,
        into result: inout RotaryConfiguration
    ) throws {
        let positions = try positionsBefore(section)
        let factor = try stretch(section, positions)
        result.scaling = .yarn(
            factor: factor,
            betaFast: try section.positive("beta_fast", default: 32.0),
            betaSlow: try section.positive("beta_slow", default: 1.0),
            positions: positions,
            truncates: try section.bool("truncate", default: true)
        )
        func magnitude(_ scale: Double) -> Double {
            factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
        }
        // 0 is as good as missing.
        let scales = try ["mscale", "mscale_all_dim"].compactMap { key in
            section.value(key)?.double == 0 || section.value(key) == nil
                ? nil : try section.positiveNumber(key)
        }
        let usual =
            scales.count == 2 ? magnitude(scales[0]) / magnitude(scales[1]) : magnitude(1)
        result.attentionFactor = try section.positive("attention_factor", default: usual)
    }

    private func readLongRoPE(
        _ section: ConfigurationReader,
        into result: inout RotaryConfiguration
    ) throws {
        let positions = try positionsBefore(section)
        let factor = try stretch(section, positions)
        result.scaling = .longRoPE(
            short: try section.positiveNumbers("short_factor", count: result.dimension / 2),
            long: try section.positiveNumbers("long_factor", count: result.dimension / 2),
            positions: positions
        )
        let usual = factor <= 1 ? 1 : (1 + log(factor) / log(Double(positions))).squareRoot()
        result.attentionFactor = try section.positive("attention_factor", default: usual)
    }

    /// By how much the model was stretched.
    private func stretch(_ section: ConfigurationReader, _ positions: Int) throws -> Double {
        try section.positive("factor", default: Double(maximumPositions) / Double(positions))
    }

    /// How far the model reached before: a key beside the section goes before the section's own.
    private func positionsBefore(_ section: ConfigurationReader) throws -> Int {
        let key = "original_max_position_embeddings"
        let inner = try section.positive(key, default: maximumPositions)
        return try file.positive(key, default: originalPositions ?? inner)
    }
}
