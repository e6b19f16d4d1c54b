extension TemplateDate {
    private static let days = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    /// Python's `strftime` in the C locale, with glibc's flags; the time has no zone.
    func formatted(_ format: Text, _ budget: Budget) throws -> Text {
        var builder = TextBuilder(budget)
        let source = format.scalars
        var index = 0
        while index < source.count {
            let scalar = source[index]
            index += 1
            guard scalar == "%", index < source.count else {
                try builder.append(scalar)
                continue
            }
            var flag: Unicode.Scalar?
            if ["-", "_", "0", "^", "#"].contains(source[index]), index + 1 < source.count {
                flag = source[index]
                index += 1
            }
            let directive = source[index]
            index += 1
            if let shown = field(directive, flag) {
                try builder.append(flag == "^" ? shown.uppercased() : shown)
            } else {
                try builder.append("%\(flag.map { String($0) } ?? "")\(directive)")
            }
        }
        return try builder.text()
    }

    private func field(_ directive: Unicode.Scalar, _ flag: Unicode.Scalar?) -> String? {
        func number(_ value: Int, _ width: Int, _ fill: String = "0") -> String {
            let fill = flag == "-" ? "" : flag == "_" ? " " : flag == "0" ? "0" : fill
            let digits = String(value)
            return String(
                repeating: fill,
                count: fill.isEmpty ? 0 : Swift.max(0, width - digits.count)
            )
                + digits
        }
        let hour12 = (hour + 11) % 12 + 1
        switch directive {
        case "Y": return number(year, 1)
        case "y": return number(((year % 100) + 100) % 100, 2)
        case "C": return number(year / 100, 2)
        case "G": return number(isoWeek.year, 1)
        case "g": return number(((isoWeek.year % 100) + 100) % 100, 2)
        case "m": return number(month, 2)
        case "d": return number(day, 2)
        case "e": return number(day, 2, " ")
        case "H": return number(hour, 2)
        case "I": return number(hour12, 2)
        case "k": return number(hour, 2, " ")
        case "l": return number(hour12, 2, " ")
        case "M": return number(minute, 2)
        case "S": return number(second, 2)
        case "f": return number(microsecond, 6)
        case "j": return number(dayOfYear, 3)
        case "u": return String((weekday + 6) % 7 + 1)
        case "w": return String(weekday)
        case "U": return number((dayOfYear + 6 - weekday) / 7, 2)
        case "W": return number((dayOfYear + 6 - (weekday + 6) % 7) / 7, 2)
        case "V": return number(isoWeek.week, 2)
        case "s": return String(seconds)
        default: return words(directive, flag)
        }
    }

    private func words(_ directive: Unicode.Scalar, _ flag: Unicode.Scalar?) -> String? {
        func name(_ names: [String], _ index: Int) -> String {
            let name = names.indices.contains(index) ? names[index] : "?"
            return flag == "#" ? name.uppercased() : name
        }
        func all(_ directives: String) -> String {
            directives.unicodeScalars.map {
                ($0 == " " || $0 == "/" || $0 == ":" || $0 == "-")
                    ? String($0) : field($0, nil) ?? ""
            }.joined()
        }
        switch directive {
        case "A": return name(Self.days, weekday)
        case "a": return String(name(Self.days, weekday).prefix(3))
        case "B": return name(Self.months, month - 1)
        case "b", "h": return String(name(Self.months, month - 1).prefix(3))
        case "p":
            let half = hour < 12 ? "AM" : "PM"
            return flag == "#" ? half.lowercased() : half
        case "P": return hour < 12 ? "am" : "pm"
        case "c": return all("a b e H:M:S Y")
        case "x", "D": return all("m/d/y")
        case "X", "T": return all("H:M:S")
        case "F": return all("Y-m-d")
        case "R": return all("H:M")
        case "r": return all("I:M:S p")
        case "Z", "z": return ""
        case "n": return "\n"
        case "t": return "\t"
        case "%": return "%"
        default: return nil
        }
    }
}
