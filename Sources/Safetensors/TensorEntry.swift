/// What a file's header says of one tensor: its name, the type of its numbers and its shape.
public struct TensorEntry: Sendable, Equatable {
    /// The tensor's name, such as `model.embed_tokens.weight`.
    public let name: String
    /// The type of its numbers.
    public let element: TensorElement
    /// Sizes of the axes, the last one contiguous; empty for a single number.
    public let shape: [Int]
    /// Bytes that all its numbers take.
    public let byteCount: Int

    /// How many numbers it has.
    public var elementCount: Int { byteCount / element.byteCount }

    /// - Throws: `SafetensorsError` where a size is negative or the bytes are too many to count.
    public init(name: String, element: TensorElement, shape: [Int]) throws(SafetensorsError) {
        var byteCount = element.byteCount
        for size in shape {
            guard size >= 0 else {
                throw SafetensorsError(tensor: name, .shapeMalformed)
            }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            guard !overflow else {
                throw SafetensorsError(tensor: name, .shapeTooLarge(shape))
            }
            byteCount = product
        }
        self.name = name
        self.element = element
        self.shape = shape
        self.byteCount = byteCount
    }
}
