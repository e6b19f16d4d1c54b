public import LanguageModels
import Objectives
public import PreferenceData
public import Torch

extension Trainer {
    /// Loads a model to be trained and, where the objective needs one, the reference: the same
    /// model before training.
    ///
    /// - Parameters:
    ///   - folder: the model.
    ///   - adapter: what is trained in place of the model's weights; nil for these.
    ///   - preferences: at least one, of the kind that the objective is for.
    ///   - configuration: every number of the run.
    ///   - device: where it computes.
    /// - Throws: as `ModelFolder.load(_:adapter:)` and `Trainer`'s other initializer.
    public convenience init<Preferences: RandomAccessCollection<Preference>>(
        _ folder: ModelFolder,
        adapter: AdapterSource? = nil,
        preferences: Preferences,
        configuration: TrainingConfiguration = TrainingConfiguration(),
        device: Device = .cpu
    ) throws where Preferences.Index == Int {
        // Refused here, before models are loaded for nothing.
        try configuration.validate()
        var options = ParameterStore.Options(dtype: configuration.dtype, device: device)
        let check = NumberCheck(folder.url)
        let policy = try folder.load(options, adapter: adapter, check: check)
        // One that follows the policy has weights of its own.
        options.isTrained = configuration.referenceSync != nil
        try self.init(
            policy: policy,
            reference: configuration.objective.needsReference
                ? policy.adapterReference ?? folder.load(options, check: check) : nil,
            preferences: preferences,
            configuration: configuration
        )
    }
}
