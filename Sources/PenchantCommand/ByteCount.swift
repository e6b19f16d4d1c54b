import ArgumentParser

/// A number of bytes, such as 500MB.
struct ByteCount: ExpressibleByArgument, CustomStringConvertible {
    let value: Int

    init(_ value: Int) { self.value = value }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let units = ["": 1, "B": 1, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000]
        guard let number = Int(digits), number > 0,
            let unit = units[argument.dropFirst(digits.count).uppercased()]
        else { return nil }
        let (value, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self.value = value
    }

    var description: String {
        value.isMultiple(of: 1_000_000_000) ? "\(value / 1_000_000_000)GB" : "\(value)"
    }
}
