import PreferenceData
import TokenTrees

/// Preferences of a step that are computed as one tree: those of one prompt, or as many of them as
/// go through the models at a time.
///
/// Equal answers are there once.
struct PromptGroup {
    /// In the order of their step.
    private(set) var preferences: [Preference]
    /// Which of their step each is, from 0.
    private(set) var places: [Int]
    /// The different sequences, in the order in which preferences first have them.
    private(set) var sequences: [TokenSequence] = []
    /// For each answer, preference after preference, which of `sequences` is its own.
    private(set) var answers: [Int] = []
    /// Rows of the tree.
    private(set) var rowCount = 0

    /// Groups the preferences of a step, those of a prompt where its first one is.
    ///
    /// - Parameters:
    ///   - tokenLimit: the most rows of a group that has more than one preference.
    ///   - sharingPrefixes: where false, each preference is alone, and all its sequences are there.
    ///   - lengthClass: as in `PackedBatch`.
    static func groups(
        of preferences: [Preference],
        tokenLimit: Int,
        sharingPrefixes: Bool,
        lengthClass: (Int) -> Int
    ) -> [PromptGroup] {
        guard sharingPrefixes else {
            return preferences.enumerated().map { PromptGroup(unshared: $0.element, at: $0.offset) }
        }
        let prompts = RowsByPrompt(preferences)
        return (0..<prompts.count).flatMap { prompt in
            var groups: [PromptGroup] = []
            for place in prompts[prompt] {
                if var group = groups.last {
                    group.add(preferences[place], at: place, lengthClass)
                    if group.rowCount <= tokenLimit {
                        groups[groups.count - 1] = group
                        continue
                    }
                }
                var group = PromptGroup()
                group.add(preferences[place], at: place, lengthClass)
                groups.append(group)
            }
            return groups
        }
    }

    private init() { (preferences, places) = ([], []) }

    private init(unshared preference: Preference, at place: Int) {
        (preferences, places) = ([preference], [place])
        sequences = preference.sequences
        answers = Array(sequences.indices)
        rowCount = PackedBatch.rowCount(of: sequences, sharingPrefixes: false)
    }

    private mutating func add(
        _ preference: Preference,
        at place: Int,
        _ lengthClass: (Int) -> Int
    ) {
        preferences.append(preference)
        places.append(place)
        for sequence in preference.sequences {
            if let known = sequences.firstIndex(of: sequence) {
                answers.append(known)
                continue
            }
            rowCount += PackedBatch.rowCount(
                of: sequence,
                joining: sequences[...],
                lengthClass: lengthClass
            )
            answers.append(sequences.count)
            sequences.append(sequence)
        }
    }
}
