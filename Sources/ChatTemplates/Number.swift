/// A number as Python's arithmetic takes it; bools count as integers.
enum Number {
    case int(Int)
    case float(Double)

    /// - Throws: `Failure` where the value is not a number, naming the operation.
    init(_ value: Value, for operation: String) throws {
        switch value {
        case .bool(let value): self = .int(value ? 1 : 0)
        case .int(let value): self = .int(value)
        case .float(let value): self = .float(value)
        case .undefined(let undefined): throw undefined.failure
        case .largeInteger: throw Self.tooLarge
        default:
            throw Failure.runtime("bad operand type for \(operation): '\(value.typeName)'")
        }
    }

    init?(_ value: Value) {
        switch value {
        case .bool(let value): self = .int(value ? 1 : 0)
        case .int(let value): self = .int(value)
        case .float(let value): self = .float(value)
        default: return nil
        }
    }

    static let tooLarge = Failure.limit("an integer does not fit 64 bits")

    var value: Value {
        switch self {
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        }
    }

    var double: Double {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        }
    }

    /// The result of a Python operator; integers are bounded to 64 bits here.
    static func compute(_ symbol: Token.Symbol, _ left: Number, _ right: Number) throws -> Number {
        if case .int(let left) = left, case .int(let right) = right {
            return try compute(symbol, left, right)
        }
        let (left, right) = (left.double, right.double)
        switch symbol {
        case .add: return .float(left + right)
        case .subtract: return .float(left - right)
        case .multiply: return .float(left * right)
        case .divide: return .float(left / (try nonzero(right, "float division by zero")))
        case .floorDivide:
            return .float(floorDivision(left, try nonzero(right, "float floor division by zero")))
        case .modulo: return .float(remainder(left, try nonzero(right, "float modulo")))
        default: return .float(try power(left, right))
        }
    }

    private static func compute(_ symbol: Token.Symbol, _ left: Int, _ right: Int) throws -> Number
    {
        switch symbol {
        case .add: return try checked(left.addingReportingOverflow(right))
        case .subtract: return try checked(left.subtractingReportingOverflow(right))
        case .multiply: return try checked(left.multipliedReportingOverflow(by: right))
        case .divide:
            return .float(Double(left) / Double(try nonzero(right, "division by zero")))
        case .floorDivide:
            let divisor = try nonzero(right, "integer division or modulo by zero")
            let quotient = left.dividedReportingOverflow(by: divisor)
            let rest = left.remainderReportingOverflow(dividingBy: divisor).partialValue
            let floor = try checked(quotient)
            guard rest != 0, (rest < 0) != (divisor < 0), case .int(let value) = floor else {
                return floor
            }
            return .int(value - 1)
        case .modulo:
            let divisor = try nonzero(right, "integer modulo by zero")
            let rest = left.remainderReportingOverflow(dividingBy: divisor).partialValue
            return .int(rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest)
        default: return try power(left, right)
        }
    }

    private static func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> Number {
        guard !result.overflow else { throw tooLarge }
        return .int(result.partialValue)
    }

    private static func nonzero<Value: Numeric>(_ value: Value, _ message: String) throws -> Value {
        guard value != 0 else { throw Failure.runtime(message) }
        return value
    }

    private static func floorDivision(_ left: Double, _ right: Double) -> Double {
        ((left - remainder(left, right)) / right).rounded()
    }

    /// The remainder with the sign of the divisor.
    private static func remainder(_ left: Double, _ right: Double) -> Double {
        let rest = left.truncatingRemainder(dividingBy: right)
        if rest == 0 { return right < 0 ? -0.0 : 0.0 }
        return (rest < 0) != (right < 0) ? rest + right : rest
    }

    private static func power(_ base: Int, _ exponent: Int) throws -> Number {
        if exponent < 0 { return .float(try power(Double(base), Double(exponent))) }
        var result = Number.int(1)
        var factor = base
        var left = exponent
        while left > 0, case .int(let value) = result {
            if left & 1 == 1 { result = try checked(value.multipliedReportingOverflow(by: factor)) }
            left >>= 1
            guard left > 0 else { break }
            let square = factor.multipliedReportingOverflow(by: factor)
            guard case .int(let next) = try checked(square) else { break }
            factor = next
        }
        return result
    }

    private static func power(_ base: Double, _ exponent: Double) throws -> Double {
        if base == 0, exponent < 0 {
            throw Failure.runtime("0.0 cannot be raised to a negative power")
        }
        if base < 0, exponent.rounded() != exponent, base.isFinite, exponent.isFinite {
            throw Failure.runtime("complex numbers are not supported in chat templates")
        }
        let result = PythonFloat.power(base, exponent)
        if result.isInfinite, base.isFinite, exponent.isFinite {
            throw Failure.runtime("Numerical result out of range")
        }
        return result
    }
}
