import Files
import Foundation
import Objectives
import PreferenceOptimization
import Testing
import Torch

@Suite struct TrainingConfigurationTests {
    typealias Change = @Sendable (inout TrainingConfiguration) -> Void

    /// A setting outside its range, and the ends of the setting.
    struct Setting: CustomTestStringConvertible, Sendable {
        var name: String
        var allowed: String
        var bad: [(found: String, change: Change)]
        var good: [Change]
        var testDescription: String { name }
    }

    static let settings = [
        Setting(
            name: "sync-mixup",
            allowed: "above 0 and at most 1",
            bad: [
                ("0.0", { $0.referenceSync = .init(mixup: 0) }),
                ("1.1", { $0.referenceSync = .init(mixup: 1.1) }),
                ("nan", { $0.referenceSync = .init(mixup: .nan) }),
            ],
            good: [{ $0.referenceSync = .init(mixup: 1) }, { $0.referenceSync = nil }]
        ),
        Setting(
            name: "sync-steps",
            allowed: "at least 1",
            bad: [("0", { $0.referenceSync = .init(steps: 0) })],
            good: [{ $0.referenceSync = .init(steps: 1) }]
        ),
        Setting(
            name: "learning-rate",
            allowed: "a number of at least 0",
            bad: [
                ("-1e-06", { $0.learningRate = -1e-6 }), ("nan", { $0.learningRate = .nan }),
                ("inf", { $0.learningRate = .infinity }),
            ],
            good: [{ $0.learningRate = 0 }]
        ),
        Setting(
            name: "batch-size",
            allowed: "at least 1 pair",
            bad: [("0", { $0.batchSize = 0 }), ("-1", { $0.batchSize = -1 })],
            good: [{ $0.batchSize = 1 }, { $0.batchSize = .max }]
        ),
        Setting(
            name: "micro-batch-tokens",
            allowed: "at least 1 token",
            bad: [("0", { $0.microBatchTokens = 0 })],
            good: [{ $0.microBatchTokens = 1 }]
        ),
        Setting(
            name: "epochs",
            allowed: "1 to 1,000,000",
            bad: [
                ("0", { $0.epochs = 0 }), ("1000001", { $0.epochs = 1_000_001 }),
                ("\(Int.max)", { $0.epochs = .max }),
            ],
            good: [{ $0.epochs = 1 }, { $0.epochs = 1_000_000 }]
        ),
        Setting(
            name: "max-steps",
            allowed: "at least 1",
            bad: [("0", { $0.maximumSteps = 0 }), ("-3", { $0.maximumSteps = -3 })],
            good: [{ $0.maximumSteps = 1 }, { $0.maximumSteps = nil }]
        ),
        Setting(
            name: "max-length",
            allowed: "at least 2 tokens",
            bad: [("1", { $0.maximumLength = 1 })],
            good: [{ $0.maximumLength = 2 }]
        ),
        Setting(
            name: "weight-decay",
            allowed: "a number of at least 0",
            bad: [
                ("-0.01", { $0.optimizer.weightDecay = -0.01 }),
                ("nan", { $0.optimizer.weightDecay = .nan }),
                ("inf", { $0.optimizer.weightDecay = .infinity }),
            ],
            good: [{ $0.optimizer.weightDecay = 0 }, { $0.optimizer.weightDecay = 0.1 }]
        ),
        Setting(
            name: "max-grad-norm",
            allowed: "a number above 0",
            bad: [
                ("0.0", { $0.maximumGradientNorm = 0 }),
                ("nan", { $0.maximumGradientNorm = .nan }),
            ],
            good: [{ $0.maximumGradientNorm = .infinity }]
        ),
        Setting(
            name: "warmup-steps",
            allowed: "at least 0",
            bad: [("-1", { $0.schedule.warmup = .steps(-1) })],
            good: [{ $0.schedule.warmup = .steps(0) }, { $0.schedule.warmup = .steps(1_000_000) }]
        ),
        Setting(
            name: "dtype",
            allowed: "float32 or bfloat16",
            bad: DType.allCases.filter { $0 != .float32 && $0 != .bfloat16 }.map { dtype in
                (dtype.rawValue, { $0.dtype = dtype })
            },
            good: [{ $0.dtype = .float32 }, { $0.dtype = .bfloat16 }]
        ),
    ]

    @Test("a value outside its range is an error with name, value and range", arguments: settings)
    func ranges(setting: Setting) throws {
        for (found, change) in setting.bad {
            var configuration = TrainingConfiguration()
            change(&configuration)
            let error = try #require(throws: SettingError.self) { try configuration.validate() }
            #expect(error == SettingError(setting.name, found: found, allowed: setting.allowed))
            #expect(
                error.description == "--\(setting.name) is \(found); \(setting.allowed) is needed"
            )
        }
        for change in setting.good {
            var configuration = TrainingConfiguration()
            change(&configuration)
            #expect(throws: Never.self) { try configuration.validate() }
        }
    }

    @Test("KTO needs two answers in a step, and what has no reference none that follows")
    func objectives() throws {
        let kto = TrainingConfiguration(objective: ObjectiveSelection(.kto), batchSize: 1)
        #expect(
            throws: SettingError("batch-size", found: "1", allowed: "at least 2 for kto")
        ) { try kto.validate() }
        let simpo = TrainingConfiguration(
            objective: ObjectiveSelection(.simpo),
            referenceSync: ReferenceSync()
        )
        let error = try #require(throws: ObjectiveError.self) { try simpo.validate() }
        #expect(error.description.hasPrefix("--sync-reference is on, which simpo would ignore"))
    }

    @Test("KTO takes answers to other prompts of a step, which one of a single prompt has not")
    func groupsByPrompt() throws {
        try TrainingConfiguration(groupsByPrompt: true).validate()
        let kto = TrainingConfiguration(
            objective: ObjectiveSelection(.kto),
            groupsByPrompt: true
        )
        let error = try #require(throws: SettingError.self) { try kto.validate() }
        #expect(
            error.description
                == "--group-by-prompt is on for kto, which takes answers to other prompts of a "
                + "step; another objective, or steps without it, is needed"
        )
    }

    @Test("the defaults are TRL's and lie in their ranges")
    func defaults() throws {
        let configuration = TrainingConfiguration()
        try configuration.validate()
        #expect(configuration.objective == .sigmoid)
        #expect(configuration.objective.rewardScale == 0.1)
        #expect(configuration.referenceSync == nil)
        #expect(ReferenceSync() == ReferenceSync(mixup: 0.6, steps: 512))
        #expect(configuration.learningRate == 1e-6)
        #expect(configuration.batchSize == 8)
        #expect(configuration.epochs == 3)
        #expect(configuration.maximumLength == 1024)
        #expect(configuration.optimizer == OptimizerSelection())
        #expect(!configuration.modelDropout)
        #expect(configuration.maximumGradientNorm == 1)
        #expect(configuration.schedule == LearningRateSchedule())
    }

    @Test("written as JSON and read again, every value is the same")
    func roundTrip() throws {
        let configuration = TrainingConfiguration(
            objective: try ObjectiveSelection(["ipo"], values: [.beta: 0.3]),
            referenceSync: ReferenceSync(mixup: 0.5, steps: 4),
            learningRate: 1.1e-7,
            schedule: LearningRateSchedule(
                .warmupStableDecay(.oneMinusSquareRoot, over: .ratio(0.2)),
                warmup: .steps(23),
                floor: 0.1,
                countsFromOne: true
            ),
            optimizer: OptimizerSelection(
                .adafactor(.init(decayRate: -0.7)),
                weightDecay: 0.17,
                decaysNormsAndBiases: false
            ),
            batchSize: 3,
            microBatchTokens: 5,
            epochs: 7,
            maximumSteps: 11,
            maximumLength: 13,
            modelDropout: true,
            maximumGradientNorm: 1.9,
            seed: .max,
            shuffles: false,
            groupsByPrompt: true,
            dtype: .bfloat16,
            sharesPrefixes: false
        )
        for configuration in [configuration, TrainingConfiguration()] {
            let data = try JSONEncoder().encode(configuration)
            #expect(
                try JSONDecoder().decode(TrainingConfiguration.self, from: data) == configuration
            )
        }
    }
}
