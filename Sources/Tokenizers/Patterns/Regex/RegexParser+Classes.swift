extension RegexParser {
    /// What stands behind a backslash, outside of brackets.
    mutating func escape(_ flags: Flags) throws(Problem) -> RegexNode {
        position += 1
        guard let character = current else { throw problem("a backslash at the end") }
        switch character {
        case "b":
            position += 1
            return .assertion(.wordBoundary)
        case "B":
            position += 1
            return .assertion(.noWordBoundary)
        case "A":
            position += 1
            return .assertion(.startOfText)
        case "z":
            position += 1
            return .assertion(.endOfText)
        case "Z":
            position += 1
            return .assertion(.endOfTextOrLastNewline)
        case "R":
            position += 1
            let newline = ScalarSet([
                .range(0x0A...0x0D), .range(0x85...0x85), .range(0x2028...0x2029),
            ])
            return .atomic(
                .alternation([
                    .sequence([
                        .set(ScalarSet(scalar: 0x0D)), .set(ScalarSet(scalar: 0x0A)),
                    ]), .set(newline),
                ])
            )
        case "k":
            position += 1
            return try namedReference(flags)
        case "1"..."9":
            position += 1
            return .backReference(
                try captureIndex(String(character)),
                ignoresCase: flags.ignoresCase
            )
        case "K", "G", "X", "g", "y", "Y", "N", "O":
            throw problem("\"\\\(character)\" is not supported")
        default:
            switch try classEscape() {
            case .range(let range) where range.count == 1:
                return .set(
                    ScalarSet(scalar: range.lowerBound, ignoresCase: flags.ignoresCase)
                )
            case let item:
                return .set(ScalarSet([item], ignoresCase: flags.ignoresCase))
            }
        }
    }

    /// What stands behind a backslash, inside and outside of brackets; the backslash is taken.
    private mutating func classEscape() throws(Problem) -> ScalarSet.Item {
        guard position < scalars.count, let character = current else {
            throw problem("a backslash at the end")
        }
        let value = scalars[position]
        position += 1
        switch character {
        case "d": return .property(try property("Nd"), isNegated: false)
        case "D": return .property(try property("Nd"), isNegated: true)
        case "w": return .property(.word, isNegated: false)
        case "W": return .property(.word, isNegated: true)
        case "s": return .property(.whiteSpace, isNegated: false)
        case "S": return .property(.whiteSpace, isNegated: true)
        case "h": return .property(.hexDigit, isNegated: false)
        case "H": return .property(.hexDigit, isNegated: true)
        case "p", "P":
            var isNegated = character == "P"
            guard take("{") else { throw problem("\"\\p\" needs a name in braces") }
            if take("^") { isNegated.toggle() }
            var name = ""
            while let character = current, character != "}" {
                name.append(character)
                position += 1
            }
            guard take("}") else { throw problem("\"\\p{\" is not closed") }
            return .property(try property(name), isNegated: isNegated)
        case "t": return .range(0x09...0x09)
        case "n": return .range(0x0A...0x0A)
        case "v": return .range(0x0B...0x0B)
        case "f": return .range(0x0C...0x0C)
        case "r": return .range(0x0D...0x0D)
        case "a": return .range(0x07...0x07)
        case "e": return .range(0x1B...0x1B)
        case "0": return try code(octalDigits: 2)
        case "x":
            if take("{") {
                let item = try code(hexadecimalDigits: 8)
                guard take("}") else { throw problem("\"\\x{\" is not closed") }
                return item
            }
            return try code(hexadecimalDigits: 2)
        case "u": return try code(hexadecimalDigits: 4, all: true)
        default:
            if character.isASCII, character.isLetter || character.isNumber {
                // Letters that mean nothing stand for themselves, as in the reference.
                return .range(value...value)
            }
            return .range(value...value)
        }
    }

    private func property(_ name: String) throws(Problem) -> UnicodeProperty {
        guard let property = UnicodeProperty(named: name) else {
            throw problem("no property of characters is named \"\(name)\"")
        }
        return property
    }

    private mutating func code(
        hexadecimalDigits: Int = 0,
        octalDigits: Int = 0,
        all: Bool = false
    ) throws(Problem) -> ScalarSet.Item {
        let radix = hexadecimalDigits > 0 ? 16 : 8
        var digits = ""
        while digits.count < max(hexadecimalDigits, octalDigits), let character = current,
            Int(String(character), radix: radix) != nil
        {
            digits.append(character)
            position += 1
        }
        if all, digits.count < hexadecimalDigits {
            throw problem("\(hexadecimalDigits) hexadecimal digits are expected")
        }
        guard let value = digits.isEmpty ? 0 : UInt32(digits, radix: radix),
            Unicode.Scalar(value) != nil
        else { throw problem("\"\(digits)\" is no character") }
        return .range(value...value)
    }

    /// A class in brackets.
    mutating func characterClass(_ flags: Flags, depth: Int = 0) throws(Problem) -> ScalarSet {
        if depth > 20 { throw problem("more than 20 brackets deep") }
        position += 1
        let isNegated = take("^")
        var items: [ScalarSet.Item] = []
        var parts: [ScalarSet] = []
        var isFirst = true
        while true {
            guard position < scalars.count, let character = current else {
                throw problem("a class is not closed")
            }
            if character == "]", !isFirst {
                position += 1
                break
            }
            isFirst = false
            if take("&&") {
                parts.append(ScalarSet(items, ignoresCase: flags.ignoresCase))
                items = []
            } else if scalars[position...].starts(with: "[:".unicodeScalars.map(\.value)),
                let item = try posixClass()
            {
                items.append(item)
            } else if character == "[" {
                items.append(.set(try characterClass(flags, depth: depth + 1)))
            } else {
                items.append(try rangeOrItem())
            }
        }
        return ScalarSet(
            items,
            intersectedWith: parts,
            isNegated: isNegated,
            ignoresCase: flags.ignoresCase
        )
    }

    private mutating func rangeOrItem() throws(Problem) -> ScalarSet.Item {
        let item = try classAtom()
        guard case .range(let first) = item, first.count == 1, current == "-",
            position + 1 < scalars.count, scalars[position + 1] != 0x5D
        else { return item }
        let hyphen = position
        position += 1
        if current == "[" || scalars[position...].starts(with: [0x26, 0x26]) {
            position = hyphen
            return item
        }
        guard case .range(let last) = try classAtom(), last.count == 1 else {
            // Before a class like \w the hyphen stands for itself.
            position = hyphen
            return item
        }
        guard first.lowerBound <= last.lowerBound else { throw problem("an empty range") }
        return .range(first.lowerBound...last.lowerBound)
    }

    private mutating func classAtom() throws(Problem) -> ScalarSet.Item {
        if current == "\\" {
            position += 1
            if take("b") { return .range(0x08...0x08) }
            return try classEscape()
        }
        let value = scalars[position]
        position += 1
        return .range(value...value)
    }

    /// `[:alpha:]` and the like; nil where the brackets mean something else.
    private mutating func posixClass() throws(Problem) -> ScalarSet.Item? {
        let start = position
        position += 2
        let isNegated = take("^")
        var name = ""
        while let character = current, character.isASCII, character.isLetter {
            name.append(character)
            position += 1
        }
        guard take(":]") else {
            position = start
            return nil
        }
        let property: UnicodeProperty? =
            name == "alnum" ? nil : UnicodeProperty(named: name == "digit" ? "nd" : name)
        if name == "alnum" {
            let set = ScalarSet(
                [
                    .property(.alphabetic, isNegated: false),
                    .property(try self.property("Nd"), isNegated: false),
                ],
                isNegated: isNegated
            )
            return .set(set)
        }
        guard let property else { throw problem("no class is named \"[:\(name):]\"") }
        return .property(property, isNegated: isNegated)
    }
}
