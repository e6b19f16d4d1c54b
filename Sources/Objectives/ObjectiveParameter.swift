/// A number that an objective depends on, with its default and its range.
public struct ObjectiveParameter: Sendable, Equatable {
    /// The parameters of all objectives: one name means the same in each.
    public enum Name: String, Sendable, CaseIterable {
        /// How much a log-ratio counts: the larger, the closer the policy stays to the reference.
        case beta
        /// The share of preferences that are taken to be swapped.
        case labelSmoothing = "label-smoothing"
        /// The lead that the chosen answer is to have.
        case gamma
        /// How much a penalty counts.
        case lambda
        /// How sharply two losses are blended.
        case temperature
        /// The exponent of a generalised reward or divergence.
        case alpha
        /// How much the likelihood of chosen answers counts beside the comparison.
        case likelihoodWeight = "likelihood-weight"
        /// How much wanted answers count.
        case desirableWeight = "desirable-weight"
        /// How much unwanted answers count.
        case undesirableWeight = "undesirable-weight"
    }

    /// Its name; on the command line with two dashes before it.
    public let name: Name
    /// What it is in TRL, or where it comes from, if not in TRL.
    public let defaultValue: Double
    /// The allowed values in words, such as "above 0".
    public let range: String
    /// Whether a value is allowed.
    public let allows: @Sendable (Double) -> Bool

    /// Equal where name, default and range are.
    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.defaultValue == right.defaultValue
            && left.range == right.range
    }

    /// A number above 0.
    public static func positive(_ name: Name, _ value: Double) -> Self {
        Self(name: name, defaultValue: value, range: "a number above 0") { $0 > 0 && $0.isFinite }
    }

    /// A number of at least 0.
    public static func nonNegative(_ name: Name, _ value: Double) -> Self {
        Self(name: name, defaultValue: value, range: "a number of at least 0") {
            $0 >= 0 && $0.isFinite
        }
    }

    /// Label smoothing, a share below one half.
    public static func labelSmoothing(_ value: Double, canBeZero: Bool = true) -> Self {
        Self(
            name: .labelSmoothing,
            defaultValue: value,
            range: canBeZero ? "at least 0 and below 0.5" : "above 0 and below 0.5"
        ) { (canBeZero ? $0 >= 0 : $0 > 0) && $0 < 0.5 }
    }

    /// β with TRL's default.
    public static let beta = positive(.beta, 0.1)
}
