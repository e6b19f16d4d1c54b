public import ArgumentParser
import Files
import Foundation
import PreferenceData
public import PreferenceOptimization

/// The flags that say on what and when a policy is evaluated.
struct EvaluationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Preferences to evaluate on at the end, in the form of --data; may be given several \
            times.
            """,
            valueName: "file|-"
        ),
        transform: dataArgument
    )
    var evaluate: [DataSource] = []

    @Option(
        help: ArgumentHelp(
            """
            In place of a file: the share of the data, between 0 and 1, that is held out for \
            evaluation. All rows of a prompt are on one side; --seed chooses the prompts.
            """,
            valueName: "share"
        )
    )
    var evaluateFraction: Double?

    @Option(help: ArgumentHelp("Evaluate after every so many steps too.", valueName: "steps"))
    var evaluateEvery: Int?

    @Flag(
        inversion: .prefixedNo,
        help: "Write the rewards of every pair at each evaluation to OUTPUT/evaluations/."
    )
    var evaluateRewards = false

    @Option(
        help: ArgumentHelp(
            """
            The model of the evaluation that is best by this metric is the result, in place of the \
            last one.
            """,
            valueName: "metric"
        )
    )
    var bestMetric: EvaluationPlan.Metric?

    @Option(
        help: ArgumentHelp(
            """
            End after so many evaluations that found no better model, by --best-metric or \
            eval_loss.
            """,
            valueName: "evaluations"
        )
    )
    var earlyStopping: Int?

    /// Whether there is anything to evaluate on.
    var isOn: Bool { !evaluate.isEmpty || evaluateFraction != nil }

    /// Checks the settings, before anything is loaded.
    func check(_ data: DataSourceOptions) throws {
        if let evaluateFraction {
            guard evaluateFraction > 0, evaluateFraction < 1 else {
                throw SettingError(
                    "evaluate-fraction",
                    found: "\(evaluateFraction)",
                    allowed: "a number between 0 and 1"
                )
            }
            guard evaluate.isEmpty else {
                throw SettingError(
                    "evaluate-fraction",
                    found: "there with --evaluate",
                    allowed: "one of the two"
                )
            }
            try data.data.checkReadableTwice()
        }
        let needing: [(name: String, value: String?)] = [
            ("evaluate-every", evaluateEvery.map { "\($0)" }),
            ("evaluate-rewards", evaluateRewards ? "on" : nil),
            ("best-metric", bestMetric?.name), ("early-stopping", earlyStopping.map { "\($0)" }),
        ]
        if !isOn, let (name, value) = needing.first(where: { $0.value != nil }) {
            throw SettingError(
                name,
                found: "\(value ?? ""), but nothing is evaluated",
                allowed: "--evaluate or --evaluate-fraction"
            )
        }
        for (name, value) in [
            ("evaluate-every", evaluateEvery), ("early-stopping", earlyStopping),
        ] {
            guard let value, value < 1 else { continue }
            throw SettingError(name, found: "\(value)", allowed: "at least 1")
        }
    }

    /// Says when preferences are evaluated on, and what follows from it.
    func plan(_ preferences: any RandomAccessCollection<Preference>) -> EvaluationPlan {
        EvaluationPlan(
            preferences,
            steps: evaluateEvery,
            bestMetric: bestMetric ?? (earlyStopping == nil ? nil : EvaluationPlan.Metric.all[0]),
            patience: earlyStopping,
            keepsRewards: evaluateRewards
        )
    }
}

extension EvaluationPlan.Metric: ExpressibleByArgument {
    /// Finds a metric by its name.
    public init?(argument: String) {
        guard let metric = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = metric
    }

    /// Their names, for the help.
    public static var allValueStrings: [String] { all.map(\.name) }
}
