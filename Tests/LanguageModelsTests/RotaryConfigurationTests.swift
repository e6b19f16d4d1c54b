import Foundation
import OrderedJSON
import TestSupport
import Testing

@testable import LanguageModels

/// What is read of rotary positions, and the frequencies that follow.
///
/// That the numbers are those of transformers, the golden models test.
@Suite struct RotaryConfigurationTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func rotary(_ rope: JSONValue, _ changes: [String: JSONValue] = [:]) throws
        -> RotaryConfiguration
    {
        let members = LlamaConfigurationTests.smallest.merging(changes) { $1 }
        var object = JSONObject(members.map { (key: $0.key, value: $0.value) })
        object["rope_parameters"] = rope
        let url = try folder.write("config.json", JSONValue.object(object).text)
        return try Llama(ConfigurationReader(contentsOf: url)).rotary
    }

    /// Heads have 8 numbers: base 10,000 gives frequencies 1, 0.1, 0.01 and 0.001.
    private static let plain: [Float] = [1, 0.1, 0.01, 0.001]
    /// Some units in the last place of float32.
    private static let tolerance = 1e-6

    @Test("linear scaling divides all frequencies")
    func linear() throws {
        let rotary = try rotary(["rope_type": "linear", "factor": 4])
        expectClose(
            rotary.frequencies(length: 5),
            [0.25, 0.025, 0.0025, 0.000_25] as [Float],
            relative: Self.tolerance
        )
        #expect(rotary.frequencyClass(length: 1_000_000) == 0)
    }

    @Test("dynamic frequencies fall for each length beyond the known positions")
    func dynamic() throws {
        let rotary = try rotary(
            ["rope_type": "dynamic", "factor": 2],
            ["max_position_embeddings": 100]
        )
        #expect(rotary.frequencyClass(length: 100) == 0)
        #expect(rotary.frequencyClass(length: 101) == 101)
        #expect(rotary.frequencyClass(length: 150) == 150)
        expectClose(rotary.frequencies(length: 100), Self.plain, relative: Self.tolerance)
        // The base grows by (2 · 150/100 − 1)^(8/6) = 2^(4/3), frequency i falls by its i/4-th
        // power: 2^(1/3), 2^(2/3) and 2.
        expectClose(
            rotary.frequencies(length: 150),
            [1, 0.1 / pow(2, 1.0 / 3), 0.01 / pow(2, 2.0 / 3), 0.000_5],
            relative: Self.tolerance
        )
    }

    @Test("Llama 3's scaling keeps high frequencies, divides low ones and mixes between")
    func llama3() throws {
        let rotary = try rotary([
            "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
            "original_max_position_embeddings": 200,
        ])
        // Wavelengths are 2π, 62.8, 628 and 6283. Below 200/4 stays, above 200/1 is divided by 8;
        // the second is between: 200/62.83 = 3.1831 turns, (3.1831 − 1)/(4 − 1) = 0.7277 of it
        // stays: 0.1 · (0.2723/8 + 0.7277) = 0.076174.
        expectClose(
            rotary.frequencies(length: 5),
            [1, 0.076_174, 0.001_25, 0.000_125] as [Float],
            relative: 1e-5
        )
    }

    @Test("YaRN mixes by dimension and makes cosines longer")
    func yarn() throws {
        let rotary = try rotary([
            "rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 200,
            "beta_fast": 4, "beta_slow": 1,
        ])
        // The dimension that turns n times over 200 positions: 8 · ln(200 / 2πn) / (2 · ln 10⁴):
        // 0.90 for 4 turns, 1.50 for 1; rounded outwards 0 and 2. The ramp is 0, ½, 1, 1 and
        // frequencies are f · (1 − ramp + ramp/4).
        expectClose(
            rotary.frequencies(length: 5),
            [1, 0.0625, 0.0025, 0.000_25] as [Float],
            relative: Self.tolerance
        )
        let factor: Double = 0.1 * log(4) + 1
        expectClose(rotary.attentionFactor, factor, relative: 1e-12)
    }

    @Test("YaRN's length of cosines follows mscale, or is given")
    func yarnFactor() throws {
        func factor(_ keys: [String: JSONValue]) throws -> Double {
            let all = keys.merging(["rope_type": "yarn", "factor": 10]) { $1 }
            return try rotary(.object(JSONObject(all.map { (key: $0.key, value: $0.value) })))
                .attentionFactor
        }
        // 0.1 · mscale · ln 10 + 1.
        let usual: Double = 0.1 * log(10) + 1
        let ratio: Double = usual / (0.1 * 0.5 * log(10) + 1)
        expectClose(try factor([:]), usual, relative: 1e-12)
        expectClose(try factor(["mscale": 1, "mscale_all_dim": 0.5]), ratio, relative: 1e-12)
        // One of the two, or 0, counts for nothing.
        expectClose(try factor(["mscale": 2]), usual, relative: 1e-12)
        expectClose(try factor(["mscale": 2, "mscale_all_dim": 0]), usual, relative: 1e-12)
        #expect(try factor(["attention_factor": 1.25, "mscale": 2]) == 1.25)
    }

    @Test("LongRoPE takes its factors by the sequence's own length")
    func longRoPE() throws {
        let rope: JSONValue = [
            "rope_type": "longrope", "short_factor": [1, 2, 4, 5], "long_factor": [2, 4, 8, 10],
            "original_max_position_embeddings": 16,
        ]
        let rotary = try rotary(rope, ["max_position_embeddings": 256])
        #expect(rotary.frequencyClass(length: 16) == 0)
        #expect(rotary.frequencyClass(length: 17) == rotary.frequencyClass(length: 400))
        #expect(rotary.frequencyClass(length: 17) != 0)
        expectClose(
            rotary.frequencies(length: 16),
            [1, 0.05, 0.0025, 0.000_2] as [Float],
            relative: Self.tolerance
        )
        expectClose(
            rotary.frequencies(length: 17),
            [0.5, 0.025, 0.001_25, 0.000_1] as [Float],
            relative: Self.tolerance
        )
        // √(1 + ln(256/16) / ln 16) = √2.
        expectClose(rotary.attentionFactor, 2.0.squareRoot(), relative: 1e-12)
        // A key beside the section goes before its own: 64 positions, and √(1 + ln 4 / ln 64).
        let other = try self.rotary(
            rope,
            ["max_position_embeddings": 256, "original_max_position_embeddings": 64]
        )
        #expect(other.frequencyClass(length: 64) == 0)
        expectClose(other.attentionFactor, (4.0 / 3).squareRoot(), relative: 1e-12)
    }
}
