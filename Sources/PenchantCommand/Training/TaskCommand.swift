import Files

/// A command about what another command would train.
protocol TaskCommand: TrainingCommand {}

extension TaskCommand {
    static func configured(_ words: [String]) -> any ConfigurableCommand.Type {
        (words.lazy.compactMap(TrainingTask.init).first ?? .dpo).command
    }

    /// Refuses flags of the other task's command.
    func checkTask(_ given: GivenSettings) throws {
        let (known, all) = try (CommandSettings(task.command), CommandSettings(DPO.self))
        for entry in given.entries where known[entry.name] == nil && all[entry.name] != nil {
            throw SettingError(
                entry.name,
                found:
                    "\(entry.values.joined(separator: ",")), which \(task.rawValue) does not have",
                allowed: "a flag of `penchant \(task.rawValue)`"
            )
        }
    }
}
