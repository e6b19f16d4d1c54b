import Foundation

/// The names that transformers gives the files of a checkpoint of one format.
package struct CheckpointNames: Sendable {
    package static let safetensors = CheckpointNames(stem: "model", type: "safetensors")
    package static let pyTorch = CheckpointNames(stem: "pytorch_model", type: "bin")

    private let stem: String
    private let type: String

    package var single: String { "\(stem).\(type)" }
    package var index: String { "\(single).index.json" }

    func shard(_ number: Int, of count: Int) -> String {
        "\(stem)-\(Self.fiveDigits(number))-of-\(Self.fiveDigits(count)).\(type)"
    }

    /// Whether a file's name is one that `shard(_:of:)` gives.
    func isShard(_ name: String) -> Bool {
        guard name.hasPrefix("\(stem)-"), name.hasSuffix(".\(type)") else { return false }
        let numbers = name.dropFirst(stem.count + 1).dropLast(type.count + 1)
        return numbers.wholeMatch(of: /[0-9]{5,}-of-[0-9]{5,}/) != nil
    }

    private static func fiveDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}
