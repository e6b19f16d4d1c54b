/// How much a template may use up before rendering ends with an error of kind `limit`.
///
/// Templates come with models from strangers. The defaults are far above what any published
/// template needs for a long conversation, and low enough that a hostile one ends in seconds.
public struct TemplateLimits: Sendable, Equatable {
    /// Evaluation steps: nodes visited, elements walked, and work on long texts. From 1.
    public var steps: Int
    /// Bytes of all values made while rendering, whether still in use or not. From 1.
    public var bytes: Int
    /// Bytes of rendered text (UTF-8). From 1.
    public var outputBytes: Int
    /// Levels of expressions, statements, macro calls and nested values, all added up. From 1.
    ///
    /// A macro that calls itself uses two to ten levels a call. Values may nest half as deep.
    public var depth: Int
    /// Bytes of the calling thread's stack. From 1.
    ///
    /// The default is half of what secondary threads have on macOS. Optimized builds reach `depth`
    /// first.
    public var stackBytes: Int

    /// The limits, all with defaults.
    public init(
        steps: Int = 10_000_000, bytes: Int = 256 << 20, outputBytes: Int = 64 << 20,
        depth: Int = 240, stackBytes: Int = 256 << 10
    ) {
        self.steps = steps
        self.bytes = bytes
        self.outputBytes = outputBytes
        self.depth = depth
        self.stackBytes = stackBytes
    }
}
