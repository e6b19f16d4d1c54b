/// A set of Unicode scalars, as a class of a regular expression describes it.
struct ScalarSet: Sendable {
    enum Item: Sendable {
        case range(ClosedRange<UInt32>)
        case property(UnicodeProperty, isNegated: Bool)
        case set(ScalarSet)
    }

    private let items: [Item]
    /// What must hold as well, from `&&`.
    private let others: [ScalarSet]
    private let isNegated: Bool
    private let ignoresCase: Bool
    /// By bit: whether an ASCII character is in the set.
    private let lowASCII: UInt64
    private let highASCII: UInt64

    init(
        _ items: [Item],
        intersectedWith others: [ScalarSet] = [],
        isNegated: Bool = false,
        ignoresCase: Bool = false
    ) {
        self.items = items
        self.others = others
        self.isNegated = isNegated
        self.ignoresCase = ignoresCase
        var bits: [UInt64] = [0, 0]
        for value in 0..<UInt32(128)
        where Self.contains(value, items, others, isNegated, ignoresCase) {
            bits[Int(value) >> 6] |= 1 << UInt64(value & 63)
        }
        lowASCII = bits[0]
        highASCII = bits[1]
    }

    /// Every scalar but a newline.
    static let anyButNewline = ScalarSet([.range(0x0A...0x0A)], isNegated: true)
    static let any = ScalarSet([.range(0...0x10_FFFF)])

    init(scalar: UInt32, ignoresCase: Bool = false) {
        self.init(
            [.range(scalar...scalar)],
            ignoresCase: ignoresCase && CaseFolding.changes(scalar)
        )
    }

    @inline(__always)
    func contains(_ value: UInt32) -> Bool {
        if value < 64 { return lowASCII >> UInt64(value) & 1 != 0 }
        if value < 128 { return highASCII >> UInt64(value &- 64) & 1 != 0 }
        return Self.contains(value, items, others, isNegated, ignoresCase)
    }

    private static func contains(
        _ value: UInt32,
        _ items: [Item],
        _ others: [ScalarSet],
        _ isNegated: Bool,
        _ ignoresCase: Bool
    ) -> Bool {
        var found = items.contains { contains(value, $0) }
        if !found, ignoresCase {
            found = CaseFolding.variants(of: value).contains { variant in
                items.contains { contains(variant, $0) }
            }
        }
        return (found && others.allSatisfy { $0.contains(value) }) != isNegated
    }

    private static func contains(_ value: UInt32, _ item: Item) -> Bool {
        switch item {
        case .range(let range): range.contains(value)
        case .property(let property, let isNegated): property.contains(value) != isNegated
        case .set(let set): set.contains(value)
        }
    }
}

/// Upper and lower case of single scalars.
enum CaseFolding {
    /// The form that all cases of a character share.
    static func folded(_ value: UInt32) -> UInt32 { lower(upper(value)) }

    /// Whether a character has another case.
    static func changes(_ value: UInt32) -> Bool { !variants(of: value).isEmpty }

    /// The other cases of a character.
    static func variants(of value: UInt32) -> [UInt32] {
        let folded = folded(value)
        var variants = [folded, upper(value), lower(value), upper(folded)]
        // Two letters whose lower case is ASCII.
        if folded == 0x73 { variants.append(0x17F) }
        if folded == 0x6B { variants.append(0x212A) }
        return variants.filter { $0 != value }
    }

    private static func upper(_ value: UInt32) -> UInt32 {
        single(Unicode.Scalar(value)?.properties.uppercaseMapping) ?? value
    }

    private static func lower(_ value: UInt32) -> UInt32 {
        single(Unicode.Scalar(value)?.properties.lowercaseMapping) ?? value
    }

    private static func single(_ mapping: String?) -> UInt32? {
        guard let scalars = mapping?.unicodeScalars, scalars.count == 1 else { return nil }
        return scalars.first?.value
    }
}
