import OrderedJSON

/// A number of a run: a count, or a measured value.
public enum MetricValue: Sendable, Equatable {
    /// A count, such as tokens.
    case integer(Int)
    /// A measured value, such as a loss; it may be infinite or no number at all.
    case number(Double)
}

extension MetricValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// A count.
    public init(integerLiteral value: Int) { self = .integer(value) }

    /// A measured value.
    public init(floatLiteral value: Double) { self = .number(value) }
}

extension MetricValue {
    /// The value in JSON, which has no word for what is not finite: that becomes a string.
    var json: JSONValue {
        switch self {
        case .integer(let value): .integer(value)
        case .number(let value): value.isFinite ? .number(value) : .string(nonFiniteName(value))
        }
    }
}

/// How a number that is not finite is written, in the words of JavaScript and Python's `json`.
func nonFiniteName(_ value: Double) -> String {
    value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
}
