/// A text that grows within the limits of a rendering.
struct TextBuilder {
    private(set) var bytes: [UInt8] = []
    private let budget: Budget

    init(_ budget: Budget) { self.budget = budget }

    mutating func append(_ text: Text) throws {
        try budget.allocate(text.bytes.count)
        bytes.append(contentsOf: text.bytes)
    }

    mutating func append(_ part: ArraySlice<UInt8>) throws {
        try budget.allocate(part.count)
        bytes.append(contentsOf: part)
    }

    mutating func append(_ string: String) throws {
        try budget.allocate(string.utf8.count)
        bytes.append(contentsOf: string.utf8)
    }

    mutating func append(_ scalar: Unicode.Scalar) throws {
        try budget.allocate(4)
        bytes.append(scalar)
    }

    mutating func append(_ text: Text, times count: Int) throws {
        guard count > 0 else { return }
        try budget.allocate(text.bytes.count, times: count)
        if text.bytes.count == 1, let byte = text.bytes.first {
            bytes.append(contentsOf: repeatElement(byte, count: count))
            return
        }
        for _ in 0..<count { bytes.append(contentsOf: text.bytes) }
    }

    func text(isMarkup: Bool = false) throws -> Text {
        try budget.allocate(32)
        return Text(bytes, isMarkup: isMarkup)
    }
}
