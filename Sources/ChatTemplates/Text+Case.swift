extension Text {
    /// Python's `str.lower`.
    var lowercased: Text {
        if isASCII { return mappingASCII { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 } }
        let scalars = scalars
        return Text(Self.lowered(scalars, scalars.indices), isMarkup: isMarkup)
    }

    /// Python's `str.upper`.
    var uppercased: Text {
        if isASCII { return mappingASCII { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 } }
        return Text(
            scalars.flatMap { $0.properties.uppercaseMapping.unicodeScalars },
            isMarkup: isMarkup
        )
    }

    /// Python's `str.capitalize`.
    var capitalized: Text {
        let scalars = scalars
        guard let first = scalars.first else { return self }
        return Text(
            Array(first.properties.titlecaseMapping.unicodeScalars)
                + Self.lowered(scalars, 1..<scalars.count),
            isMarkup: isMarkup
        )
    }

    /// Python's `str.title`: a word begins where a cased letter follows something uncased.
    var titlecased: Text {
        let scalars = scalars
        var result: [Unicode.Scalar] = []
        var inWord = false
        for index in scalars.indices {
            if inWord {
                result += Self.lowered(scalars, index..<(index + 1))
            } else {
                result += Array(scalars[index].properties.titlecaseMapping.unicodeScalars)
            }
            inWord = scalars[index].properties.isCased
        }
        return Text(result, isMarkup: isMarkup)
    }

    /// Python's `str.swapcase`.
    var caseSwapped: Text {
        let scalars = scalars
        var result: [Unicode.Scalar] = []
        for index in scalars.indices {
            let properties = scalars[index].properties
            if properties.isUppercase {
                result += Self.lowered(scalars, index..<(index + 1))
            } else if properties.isLowercase {
                result += Array(properties.uppercaseMapping.unicodeScalars)
            } else {
                result.append(scalars[index])
            }
        }
        return Text(result, isMarkup: isMarkup)
    }

    /// Python's `str.casefold`, to the letters that differ in case only.
    var caseFolded: Text {
        Text(
            scalars.flatMap { $0.properties.uppercaseMapping.unicodeScalars }
                .flatMap { $0.properties.lowercaseMapping.unicodeScalars },
            isMarkup: isMarkup
        )
    }

    /// Python's `str.islower`.
    var isLowercase: Bool {
        let scalars = scalars.map(\.properties)
        return scalars.contains { $0.isLowercase }
            && !scalars.contains { $0.isUppercase || $0.generalCategory == .titlecaseLetter }
    }

    /// Python's `str.isupper`.
    var isUppercase: Bool {
        let scalars = scalars.map(\.properties)
        return scalars.contains { $0.isUppercase }
            && !scalars.contains { $0.isLowercase || $0.generalCategory == .titlecaseLetter }
    }

    /// Python's `str.istitle`.
    var isTitlecase: Bool {
        var inWord = false
        var found = false
        for properties in scalars.map(\.properties) {
            if properties.isUppercase || properties.generalCategory == .titlecaseLetter {
                if inWord { return false }
                inWord = true
                found = true
            } else if properties.isLowercase {
                if !inWord { return false }
            } else {
                inWord = false
            }
        }
        return found
    }

    private func mappingASCII(_ map: (UInt8) -> UInt8) -> Text {
        Text(bytes.map(map), isMarkup: isMarkup)
    }

    /// Lowers some of the code points.
    ///
    /// A capital sigma that ends a word becomes a final one.
    private static func lowered(
        _ scalars: [Unicode.Scalar],
        _ range: Range<Int>
    ) -> [Unicode.Scalar] {
        range.flatMap { index -> [Unicode.Scalar] in
            guard scalars[index] == "\u{3A3}" else {
                return Array(scalars[index].properties.lowercaseMapping.unicodeScalars)
            }
            let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
            let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
            let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
            return [isFinal ? "\u{3C2}" : "\u{3C3}"]
        }
    }
}
