import Foundation

/// SentencePiece's table of replacements, as its models carry it: a double array over UTF-8, and
/// the replacements one after the other, each ended by a 0.
struct PrecompiledNormalizer: Normalizer {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// Reads a `normalizer` section of type Precompiled.
    init(_ section: FileSection) throws {
        let charsmap = try section.requiredSection("precompiled_charsmap")
        guard let data = Data(base64Encoded: try charsmap.string()) else {
            throw charsmap.error("not base64")
        }
        let bytes = Array(data)
        guard bytes.count >= 4 else { throw charsmap.error("cut short") }
        let size = Int(Self.unit(bytes, at: 0))
        guard size % 4 == 0, size > 0, size <= bytes.count - 4 else {
            throw charsmap.error(
                "the table is said to have \(size) bytes, there are \(bytes.count - 4)"
            )
        }
        units = (0..<size / 4).map { Self.unit(bytes, at: 4 + $0 * 4) }
        let replacements = Array(bytes[(4 + size)...])
        guard String(validating: replacements, as: UTF8.self) != nil else {
            throw charsmap.error("the replacements are not UTF-8")
        }
        self.replacements = replacements
    }

    private static func unit(_ bytes: [UInt8], at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }

    func apply(to text: inout NormalizedText) {
        var result: [UInt8] = []
        result.reserveCapacity(text.bytes.count)
        var keepsFirst = true
        // What belongs together is looked up together where it is short, else one by one.
        for character in String(decoding: text.bytes, as: UTF8.self) {
            let isFirst = result.isEmpty
            var character = String(character)
            character.withUTF8 { bytes in
                if bytes.count < 6, let range = replacement(for: bytes) {
                    result.append(contentsOf: replacements[range])
                    return
                }
                var index = 0
                while index < bytes.count {
                    let start = index
                    _ = UTF8Scanner.scalar(bytes, at: &index)
                    let scalar = UnsafeBufferPointer(rebasing: bytes[start..<index])
                    if let range = replacement(for: scalar) {
                        result.append(contentsOf: replacements[range])
                    } else {
                        result.append(contentsOf: scalar)
                    }
                }
            }
            if isFirst, result.isEmpty { keepsFirst = false }
        }
        text = NormalizedText(bytes: result, beginsAtOrigin: text.beginsAtOrigin && keepsFirst)
    }

    /// The replacement of the shortest entry that the bytes begin with.
    private func replacement(for bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var node = Self.offset(units[0])
        for byte in bytes {
            if byte == 0 { return nil }
            node ^= Int(byte)
            guard units.indices.contains(node) else { return nil }
            let unit = units[node]
            guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
            node ^= Self.offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard units.indices.contains(node) else { return nil }
            let start = Int(units[node] & 0x7FFF_FFFF)
            guard start <= replacements.count else { return nil }
            let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
            return start..<end
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int {
        Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
    }
}
