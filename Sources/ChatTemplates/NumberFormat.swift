/// How a value is written in a field: Python's format specification mini-language.
struct FormatSpecification {
    var fill: Text = " "
    var alignment: Unicode.Scalar?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    init(_ source: [Unicode.Scalar]) throws {
        var index = 0
        func at(_ offset: Int) -> Unicode.Scalar? {
            source.indices.contains(index + offset) ? source[index + offset] : nil
        }
        func isAlignment(_ scalar: Unicode.Scalar?) -> Bool {
            scalar == "<" || scalar == ">" || scalar == "=" || scalar == "^"
        }
        func number() throws -> Int? {
            var digits = ""
            while let scalar = at(0), "0" <= scalar, scalar <= "9" {
                digits.unicodeScalars.append(scalar)
                index += 1
            }
            if digits.isEmpty { return nil }
            guard let value = Int(digits) else {
                throw Failure.runtime("Too many decimal digits in format string")
            }
            return value
        }
        var hasFill = false
        if isAlignment(at(1)) {
            hasFill = true
            fill = Text([source[0]])
            alignment = at(1)
            index += 2
        } else if isAlignment(at(0)) {
            alignment = at(0)
            index += 1
        }
        if let scalar = at(0), scalar == "+" || scalar == "-" || scalar == " " {
            sign = scalar
            index += 1
        }
        if at(0) == "#" {
            isAlternate = true
            index += 1
        }
        if at(0) == "0" {
            if !hasFill { fill = "0" }
            alignment = alignment ?? "="
            index += 1
        }
        width = try number() ?? 0
        if let scalar = at(0), scalar == "," || scalar == "_" {
            grouping = scalar
            index += 1
        }
        if at(0) == "." {
            index += 1
            guard let digits = try number() else {
                throw Failure.runtime("Format specifier missing precision")
            }
            precision = digits
        }
        type = at(0)
        if type != nil { index += 1 }
        guard index == source.count else { throw Failure.runtime("Invalid format specifier") }
    }

    init() {}

    // MARK: Values

    func format(_ value: Value, _ interpreter: Interpreter) throws -> Text {
        switch value {
        case .string(let text): return try format(text, interpreter)
        case .int(let value): return try format(value, interpreter)
        case .bool(let flag):
            guard type != nil else { return try format(Text(flag ? "True" : "False"), interpreter) }
            return try format(flag ? 1 : 0, interpreter)
        case .float(let value): return try format(value, interpreter)
        default:
            guard width == 0, type == nil, precision == nil, alignment == nil else {
                throw Failure.runtime(
                    "unsupported format string passed to \(value.typeName).__format__"
                )
            }
            return try interpreter.string(of: value)
        }
    }

    private func unknownType(_ name: String) -> Failure {
        .runtime(
            "Unknown format code '\(type.map { String($0) } ?? "")' for object of type '\(name)'"
        )
    }

    private func format(_ text: Text, _ interpreter: Interpreter) throws -> Text {
        guard type == nil || type == "s", alignment != "=" || fill == "0" else {
            throw unknownType("str")
        }
        let shown = precision.map { text.slice(0, min($0, text.count)) } ?? text
        return try pad(shown, standard: "<", interpreter)
    }

    private func pad(
        _ text: Text,
        standard: Unicode.Scalar,
        _ interpreter: Interpreter
    ) throws -> Text {
        let side: FieldAlignment =
            switch alignment ?? standard {
            case "<": .left
            case "^": .formatCenter
            default: alignment == "=" && standard == "<" ? .left : .right
            }
        return try interpreter.padded(text.plain, width: width, fill: fill, alignment: side)
    }

    private func format(_ value: Int, _ interpreter: Interpreter) throws -> Text {
        let digits: String
        var prefix = ""
        switch type {
        case nil, "d", "n": digits = String(value.magnitude)
        case "b": (digits, prefix) = (String(value.magnitude, radix: 2), "0b")
        case "o": (digits, prefix) = (String(value.magnitude, radix: 8), "0o")
        case "x": (digits, prefix) = (String(value.magnitude, radix: 16), "0x")
        case "X": (digits, prefix) = (String(value.magnitude, radix: 16, uppercase: true), "0X")
        case "c":
            guard let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) else {
                throw Failure.runtime("%c arg not in range(0x110000)")
            }
            return try pad(Text([scalar]), standard: "<", interpreter)
        case "e", "E", "f", "F", "g", "G", "%": return try format(Double(value), interpreter)
        default: throw unknownType("int")
        }
        guard precision == nil else {
            throw Failure.runtime("Precision not allowed in integer format specifier")
        }
        let size = prefix.isEmpty || type == nil || type == "d" ? 3 : 4
        return try assemble(
            isNegative: value < 0,
            prefix: isAlternate ? prefix : "",
            whole: digits,
            rest: "",
            groupSize: size,
            interpreter
        )
    }

    private func format(_ value: Double, _ interpreter: Interpreter) throws -> Text {
        let magnitude = value.magnitude
        let digits = precision ?? 6
        guard digits <= PythonFloat.maximumDigits else {
            throw Failure.limit("more than \(PythonFloat.maximumDigits) digits of a number")
        }
        try interpreter.budget.allocate(digits + 400)
        var shown: String
        switch type {
        case _ where !value.isFinite: shown = value.isNaN ? "nan" : "inf"
        case "f", "F": shown = PythonFloat.fixed(magnitude, digits: digits)
        case "e", "E": shown = PythonFloat.scientific(magnitude, digits: digits)
        case "g", "G", "n":
            shown = PythonFloat.general(magnitude, digits: digits, alternate: isAlternate)
        case "%": shown = PythonFloat.fixed(magnitude * 100, digits: digits) + "%"
        case nil:
            guard let precision else {
                shown = PythonFloat.representation(magnitude)
                break
            }
            shown = PythonFloat.general(magnitude, digits: precision, alternate: false)
            if !shown.contains("."), !shown.contains("e") { shown += ".0" }
        default: throw unknownType("float")
        }
        if type == "E" || type == "F" || type == "G" { shown = shown.uppercased() }
        let whole = shown.prefix { $0.isNumber }
        return try assemble(
            isNegative: value.sign == .minus && !value.isNaN,
            prefix: "",
            whole: String(whole),
            rest: String(shown.dropFirst(whole.count)),
            groupSize: 3,
            interpreter
        )
    }

    /// Puts sign, prefix, grouped digits and the rest together and fills the field.
    private func assemble(
        isNegative: Bool,
        prefix: String,
        whole: String,
        rest: String,
        groupSize: Int,
        _ interpreter: Interpreter
    ) throws -> Text {
        let lead = (isNegative ? "-" : sign == "-" ? "" : String(sign)) + prefix
        var digits = whole
        if let grouping { digits = Self.grouped(digits, groupSize, grouping) }
        guard alignment == "=" else {
            return try pad(Text(lead + digits + rest), standard: ">", interpreter)
        }
        let room = width - min(width, lead.utf8.count + rest.utf8.count)
        if let grouping, fill == "0" {
            try interpreter.budget.allocate(room)
            var zeros = whole
            while Self.grouped(zeros, groupSize, grouping).utf8.count < room { zeros = "0" + zeros }
            return Text(lead + Self.grouped(zeros, groupSize, grouping) + rest)
        }
        let filled = try interpreter.padded(
            Text(digits),
            width: room,
            fill: fill,
            alignment: .right
        )
        return Text(Array(lead.utf8) + filled.bytes + Array(rest.utf8))
    }

    private static func grouped(
        _ digits: String,
        _ size: Int,
        _ separator: Unicode.Scalar
    ) -> String {
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % size == 0 {
                result.unicodeScalars.append(separator)
            }
            result.append(digit)
        }
        return result
    }
}
