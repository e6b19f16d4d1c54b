import ArgumentParser
import Files
import Foundation
import Objectives
import PreferenceOptimization

/// Where the reference's log-probabilities come from, as the command line says it.
enum ReferenceChoice {
    /// A frozen second model, from the same folder.
    case copy
    /// A file in which they are kept, computed once.
    case cached
    /// The model itself with its adapter off, or as it was when training went on from one.
    case adapterOff
    /// There is none.
    case none
    /// Another model.
    case folder(URL)

    init(argument: String) throws {
        switch argument {
        case "copy": self = .copy
        case "cached": self = .cached
        case "adapter-off": self = .adapterOff
        case "none": self = .none
        default: self = .folder(try folderArgument(argument))
        }
    }

    /// The folder of another model, if that is chosen.
    var folder: URL? { if case .folder(let url) = self { url } else { nil } }

    /// The choice in the words of the command line.
    var text: String {
        switch self {
        case .copy: "copy"
        case .cached: "cached"
        case .adapterOff: "adapter-off"
        case .none: "none"
        case .folder(let url): url.path
        }
    }
}

/// What decides on a reference where the command line leaves it open, and what it may say.
struct ReferenceRules {
    /// Whether the objective has a reference.
    var isNeeded: Bool
    /// Whether an adapter is trained.
    var hasAdapter: Bool
    /// Whether the adapter was trained before, so that the reference has one too.
    var continuesAdapter: Bool
    /// Whether the reference follows the policy.
    var moves: Bool
    /// Whether answers are scored that the data do not have, as by KTO.
    var scoresOthers: Bool
    /// Whether there is a folder to keep anything in.
    var hasCache: Bool
    /// How often each preference is used.
    var passes: Double

    /// - Parameter count: how many preferences there are.
    init(
        _ settings: TrainingConfiguration,
        _ trained: TrainedOptions,
        _ data: DataOptions,
        count: Int
    ) {
        isNeeded = settings.objective.needsReference
        hasAdapter = trained.trainsAdapter
        continuesAdapter = trained.adapter != nil
        moves = settings.referenceSync != nil
        scoresOthers = settings.objective.needsMismatchedAnswers
        hasCache = data.dataCache.cache != nil
        passes = settings.passes(over: count)
    }

    /// The reference to be used, and why where that was decided here.
    ///
    /// - Throws: `SettingError` where the choice cannot be.
    func resolve(_ choice: ReferenceChoice?) throws -> (choice: ReferenceChoice, reason: String?) {
        guard let choice else { return decided }
        let obstacle: (found: String, allowed: String)? =
            switch choice {
            case .none where isNeeded:
                ("none", "copy, cached, adapter-off or a folder for an objective that has one")
            case .adapterOff where !hasAdapter:
                ("adapter-off without an adapter", "copy, cached or a folder, or --lora")
            case .copy where continuesAdapter, .cached where continuesAdapter:
                (
                    "\(choice.text) with --adapter",
                    "adapter-off, which is the adapter as it was, or a folder"
                )
            case .cached where moves:
                ("cached with --sync-reference", "copy, for a reference that follows the policy")
            case .cached where scoresOthers:
                (
                    "cached with an objective that scores answers to other prompts",
                    "copy, adapter-off or a folder"
                )
            case .cached where !hasCache:
                ("cached with --data-cache none", "copy, or a --data-cache")
            default: nil
            }
        if let obstacle {
            throw SettingError("reference", found: obstacle.found, allowed: obstacle.allowed)
        }
        return (choice, nil)
    }

    private var decided: (ReferenceChoice, String?) {
        if !isNeeded { return (.none, nil) }
        if hasAdapter { return (.adapterOff, "it needs no memory of its own") }
        if moves { return (.copy, "it follows the policy") }
        if scoresOthers { return (.copy, "answers to other prompts are scored") }
        if !hasCache { return (.copy, "nothing is to be kept") }
        if passes > 1 { return (.cached, "the data are gone through more than once") }
        return (.copy, "the data are gone through only once")
    }
}
