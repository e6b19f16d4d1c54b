/// How much a template may use up before rendering ends with an error of kind `limit`.
///
/// Templates come with models from strangers. The defaults are far above what any published
/// template needs for a long conversation, and low enough that a hostile one ends in seconds. All
/// are counted from 1.
public struct TemplateLimits: Sendable, Equatable {
    /// Evaluation steps: nodes visited, elements walked, and work on long texts.
    public var steps: Int
    /// Bytes of all values made while rendering, whether still in use or not.
    public var bytes: Int
    /// Bytes of rendered text, in UTF-8.
    public var outputBytes: Int
    /// Levels of expressions, statements, macro calls and nested values, all added up.
    ///
    /// A macro that calls itself uses two to ten levels a call. Values may nest half as deep.
    public var depth: Int
    /// Bytes of the calling thread's stack.
    ///
    /// The default is half of what secondary threads have on macOS. Optimized builds mostly reach
    /// `depth` first.
    public var stackBytes: Int

    /// The limits, all with defaults.
    public init(
        steps: Int = 10_000_000,
        bytes: Int = 256 << 20,
        outputBytes: Int = 64 << 20,
        depth: Int = 240,
        stackBytes: Int = 256 << 10
    ) {
        self.steps = steps
        self.bytes = bytes
        self.outputBytes = outputBytes
        self.depth = depth
        self.stackBytes = stackBytes
    }
}
