import Files
import Foundation
import Objectives

/// The numbers of a checkpoint: where training is, beside its tensors.
///
/// What is drawn follows from seed and step, so no generator has a state.
struct CheckpointState: Codable, Equatable {
    /// Goes up with every change that older programs could not read.
    var format = 1
    /// Optimizer steps done; the place in the data follows from it.
    var step: Int
    /// How many of them were skipped.
    var skippedSteps: Int
    /// Tokens trained on so far.
    var tokenCount: Int
    /// What the objective remembers.
    var objective: ObjectiveState
    /// What evaluations found.
    var evaluations: EvaluationRecord
    /// What a run must have in common with this one.
    var agreement: RunAgreement

    static let name = "state.json"

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        // As in the metrics: JSON has no word for what is not finite.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity",
            negativeInfinity: "-Infinity",
            nan: "NaN"
        )
        return encoder
    }

    /// Reads a checkpoint's state.
    static func read(in folder: URL) throws(CheckpointProblem) -> CheckpointState {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity",
            negativeInfinity: "-Infinity",
            nan: "NaN"
        )
        guard let data = try? Data(contentsOf: folder.appending(path: Self.name)),
            let state = try? decoder.decode(Self.self, from: data)
        else { throw CheckpointProblem("its \(Self.name) is not one of this version") }
        return state
    }

    func write(to folder: URL) throws {
        try AtomicFile.write(
            String(decoding: Self.encoder.encode(self), as: UTF8.self) + "\n",
            to: folder.appending(path: Self.name)
        )
    }
}
