/// A sequence that grows, with what a model's layers keep of the tokens they have read.
///
/// Each further token then costs the model one row. It belongs to the model that first reads it.
public final class CachedSequence {
    /// All its tokens.
    public private(set) var tokens: [Int32] = []
    /// How many of them the model has read.
    public private(set) var readCount = 0

    /// Per layer the keys and values of what was read.
    private(set) var layers: [KeyValueCache] = []
    /// The model's `lengthClass` when it read them.
    private var lengthClass = 0

    /// A sequence without tokens.
    public init() {}

    /// Puts a token at the end.
    public func append(_ token: Int32) { tokens.append(token) }

    /// Takes other tokens; what was read of the beginning that both share stays read.
    ///
    /// The last token counts as not read, so that the model can say what follows it.
    public func replaceTokens(with tokens: [Int32]) {
        let limit = min(readCount, tokens.count - 1)
        readCount = zip(self.tokens, tokens).prefix(max(0, limit)).prefix { $0 == $1 }.count
        self.tokens = tokens
    }

    /// Readies the sequence for a model's reading.
    ///
    /// In a model to which the rows of a longer sequence are other rows, those read before are
    /// worth nothing once the sequence reaches another class: then all are read again. With dynamic
    /// positions that is each token behind those that the model was trained on. To keep keys as they
    /// are before they turn would not help: what turns otherwise changes what attention gives, and so
    /// the keys and values of all layers but the first.
    ///
    /// - Returns: the positions that are still to be read.
    func beginReading(layerCount: Int, lengthClass: Int) -> Range<Int> {
        while layers.count < layerCount { layers.append(KeyValueCache()) }
        if self.lengthClass != lengthClass { readCount = 0 }
        self.lengthClass = lengthClass
        return readCount..<tokens.count
    }

    /// Notes that all tokens were read.
    func endReading() { readCount = tokens.count }
}
