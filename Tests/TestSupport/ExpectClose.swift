public import Testing

/// Expects two lists of numbers to be the same within a tolerance.
///
/// Element by element |actual − expected| may be at most `absolute` + `relative` · |expected|.
/// Equal infinities are close; a NaN on either side, or another count, is a failure.
public func expectClose<Actual: BinaryFloatingPoint, Expected: BinaryFloatingPoint>(
    _ actual: [Actual],
    _ expected: [Expected],
    absolute: Double = 0,
    relative: Double = 0,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let difference = difference(actual, expected, absolute: absolute, relative: relative)
    guard let difference else { return }
    Issue.record("\(difference)", sourceLocation: sourceLocation)
}

/// Expects two numbers to be the same within a tolerance.
public func expectClose<Actual: BinaryFloatingPoint, Expected: BinaryFloatingPoint>(
    _ actual: Actual,
    _ expected: Expected,
    absolute: Double = 0,
    relative: Double = 0,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        [actual],
        [expected],
        absolute: absolute,
        relative: relative,
        sourceLocation: sourceLocation
    )
}

/// What `expectClose` reports: the worst element, or nil where the lists are close.
package func difference<Actual: BinaryFloatingPoint, Expected: BinaryFloatingPoint>(
    _ actual: [Actual],
    _ expected: [Expected],
    absolute: Double,
    relative: Double
) -> String? {
    guard actual.count == expected.count else {
        return "\(actual.count) elements, expected \(expected.count)"
    }
    var failures = 0
    var worst = (excess: 0.0, error: 0.0, index: 0)
    for (index, pair) in zip(actual, expected).enumerated() {
        let (actual, expected) = (Double(pair.0), Double(pair.1))
        if actual == expected { continue }
        let difference = abs(actual - expected)
        // Where one side is NaN or infinite, so is the difference or the allowance.
        let error = difference.isNaN ? .infinity : difference
        let allowed = expected.isFinite ? absolute + relative * abs(expected) : 0
        guard error > allowed else { continue }
        failures += 1
        if failures == 1 || error - allowed > worst.excess {
            worst = (error - allowed, error, index)
        }
    }
    guard failures > 0 else { return nil }
    return """
        max error \(worst.error) at index \(worst.index): \(actual[worst.index]), \
        expected \(expected[worst.index]) (absolute \(absolute), relative \(relative); \
        \(failures) of \(actual.count) elements differ)
        """
}
