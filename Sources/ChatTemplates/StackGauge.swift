/// Measures how much of the thread's stack is in use since it was made.
///
/// Debug builds need several times the stack of optimized ones, so that a count of levels alone
/// would either let them overflow or hold back the others. Stacks grow downwards on all platforms
/// that Swift supports.
struct StackGauge {
    /// What parsing may take, and rendering by default.
    ///
    /// Half of the 512 KB that secondary threads have on macOS, which leaves room for who calls and
    /// for the last steps.
    static let defaultBytes = 256 << 10

    private let top = here()

    /// Bytes in use since then.
    var used: Int { Int(bitPattern: top &- Self.here()) }

    /// An address in the frame of whoever calls.
    @inline(never)
    private static func here() -> UInt {
        var mark: UInt8 = 0
        return withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
    }
}
