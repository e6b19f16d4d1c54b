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
    /// The default fits a stack of 512 KB, what secondary threads have, in debug builds too.
    /// A macro that calls itself uses about eight levels a call.
    public var depth: Int

    /// The limits, all with defaults.
    public init(
        steps: Int = 20_000_000, bytes: Int = 512 << 20, outputBytes: Int = 64 << 20,
        depth: Int = 240
    ) {
        self.steps = steps
        self.bytes = bytes
        self.outputBytes = outputBytes
        self.depth = depth
    }
}
