import Foundation

/// The names that transformers gives the files of a checkpoint.
enum CheckpointNames {
    static let single = "model.safetensors"
    static let index = "model.safetensors.index.json"

    static func shard(_ number: Int, of count: Int) -> String {
        "model-\(fiveDigits(number))-of-\(fiveDigits(count)).safetensors"
    }

    /// Whether a file's name is one that `shard(_:of:)` gives.
    static func isShard(_ name: String) -> Bool {
        name.wholeMatch(of: /model-[0-9]{5,}-of-[0-9]{5,}\.safetensors/) != nil
    }

    private static func fiveDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}
