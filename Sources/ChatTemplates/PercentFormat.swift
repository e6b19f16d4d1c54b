extension Interpreter {
    /// Python's `format % value`.
    func formatted(_ format: Text, with value: Value) throws -> Text {
        try budget.walk(format)
        var percent = PercentFormat(self, format, value)
        return try percent.format()
    }
}

/// Formatting in the manner of `printf`, as Python has it.
struct PercentFormat {
    private let interpreter: Interpreter
    private let source: [Unicode.Scalar]
    private let isMarkup: Bool
    private let values: [Value]
    private let mapping: Value?
    private var nextValue = 0
    private var index = 0

    init(_ interpreter: Interpreter, _ format: Text, _ value: Value) {
        self.interpreter = interpreter
        source = format.scalars
        isMarkup = format.isMarkup
        switch value {
        case .tuple(let object): (values, mapping) = (object.elements, nil)
        case .dictionary, .list, .range, .undefined:
            // Whatever has subscripts counts as a mapping, of which not all need be used.
            (values, mapping) = ([value], value)
        default: (values, mapping) = ([value], nil)
        }
    }

    mutating func format() throws -> Text {
        var builder = TextBuilder(interpreter.budget)
        while index < source.count {
            let scalar = source[index]
            index += 1
            if scalar == "%" {
                try builder.append(try conversion())
            } else {
                try builder.append(scalar)
            }
        }
        guard mapping != nil || nextValue >= values.count else {
            throw Failure.runtime("not all arguments converted during string formatting")
        }
        return try builder.text(isMarkup: isMarkup)
    }

    private mutating func take() throws -> Unicode.Scalar {
        guard index < source.count else { throw Failure.runtime("incomplete format") }
        index += 1
        return source[index - 1]
    }

    private mutating func argument() throws -> Value {
        guard nextValue < values.count else {
            throw Failure.runtime("not enough arguments for format string")
        }
        nextValue += 1
        return values[nextValue - 1]
    }

    /// A number, or `*` for one among the values.
    private mutating func number() throws -> Int? {
        if index < source.count, source[index] == "*" {
            index += 1
            guard let value = try argument().index else { throw Failure.runtime("* wants int") }
            return value
        }
        var digits = ""
        while index < source.count, "0" <= source[index], source[index] <= "9" {
            digits.unicodeScalars.append(source[index])
            index += 1
        }
        if digits.isEmpty { return nil }
        guard let value = Int(digits) else { throw Failure.runtime("width too big") }
        return value
    }

    private mutating func conversion() throws -> Text {
        var keyed: Value?
        if index < source.count, source[index] == "(" { keyed = try keyedValue() }
        var flags: Set<Unicode.Scalar> = []
        while index < source.count, ["-", "+", " ", "#", "0"].contains(source[index]) {
            flags.insert(source[index])
            index += 1
        }
        var field = FormatSpecification()
        field.width = try number() ?? 0
        if field.width < 0 {
            flags.insert("-")
            field.width = field.width == Int.min ? Int.max : -field.width
        }
        if index < source.count, source[index] == "." {
            index += 1
            field.precision = max(0, try number() ?? 0)
        }
        while index < source.count, ["h", "l", "L"].contains(source[index]) { index += 1 }
        let kind = try take()
        if kind == "%" { return "%" }
        let value = try keyed ?? argument()
        field.isAlternate = flags.contains("#")
        field.sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "-"
        field.alignment = flags.contains("-") ? "<" : ">"
        return try show(value, kind, field, zeros: flags.contains("0") && !flags.contains("-"))
    }

    private mutating func keyedValue() throws -> Value {
        guard let mapping else { throw Failure.runtime("format requires a mapping") }
        guard let close = source[index...].firstIndex(of: ")") else {
            throw Failure.runtime("incomplete format key")
        }
        let key = Text(source[(index + 1)..<close])
        index = close + 1
        guard case .dictionary(let object) = mapping, let value = object.value(for: key) else {
            throw Failure.runtime("'\(key.string)'")
        }
        return value
    }

    private func show(
        _ value: Value,
        _ kind: Unicode.Scalar,
        _ field: FormatSpecification,
        zeros: Bool
    ) throws -> Text {
        var field = field
        switch kind {
        case "s", "r", "a":
            var text =
                kind == "s"
                ? try interpreter.string(of: value) : try interpreter.representation(of: value)
            if isMarkup { text = try interpreter.escaped(text) }
            return try field.format(.string(text), interpreter)
        case "c":
            field.type = "c"
            field.precision = nil
            if let text = value.text, text.count == 1 {
                return try FormatSpecification([]).with(field).format(value, interpreter)
            }
            guard case .int = value else { throw Failure.runtime("%c requires int or char") }
            return try field.format(value, interpreter)
        default: break
        }
        if zeros {
            field.fill = "0"
            field.alignment = "="
        }
        if case .undefined(let undefined) = value { throw undefined.failure }
        guard let number = Number(value) else {
            throw Failure.runtime(
                "%\(kind) format: a real number is required, not \(value.typeName)"
            )
        }
        switch kind {
        case "d", "i", "u":
            field.type = "d"
            guard let integer = Int(exactly: number.double.rounded(.towardZero)) else {
                throw Failure.limit("an integer does not fit 64 bits")
            }
            if case .int(let value) = number { return try show(value, field) }
            return try show(integer, field)
        case "x", "X", "o":
            guard case .int(let integer) = number else {
                throw Failure.runtime(
                    "%\(kind) format: an integer is required, not \(value.typeName)"
                )
            }
            field.type = kind
            return try show(integer, field)
        case "e", "E", "f", "F", "g", "G":
            field.type = kind
            return try field.format(.float(number.double), interpreter)
        default: throw Failure.runtime("unsupported format character '\(kind)'")
        }
    }

    /// An integer whose precision, unlike in `format`, asks for leading zeros.
    private func show(_ value: Int, _ field: FormatSpecification) throws -> Text {
        guard let digits = field.precision else {
            return try field.format(.int(value), interpreter)
        }
        var inner = field
        inner.precision = nil
        inner.fill = "0"
        inner.alignment = "="
        let hasSign = value < 0 || field.sign != "-"
        let (width, overflow) = digits.addingReportingOverflow(hasSign ? 1 : 0)
        inner.width = overflow ? Int.max : width
        let shown = try inner.format(.int(value), interpreter)
        return try interpreter.padded(
            shown,
            width: field.width,
            fill: " ",
            alignment: field.alignment == "<" ? .left : .right
        )
    }
}

extension FormatSpecification {
    /// A field for text with the width and side of another.
    fileprivate func with(_ other: FormatSpecification) -> FormatSpecification {
        var field = self
        field.width = other.width
        field.alignment = other.alignment
        return field
    }
}
