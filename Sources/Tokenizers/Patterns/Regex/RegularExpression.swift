/// A regular expression over Unicode scalars.
struct RegularExpression: Sendable {
    /// Why a pattern cannot be read.
    struct SyntaxError: Error {
        var problem: String
    }

    /// The pattern that matches nothing, everywhere.
    static let empty = RegularExpression()

    private init() {}

    init(_ pattern: String) throws(SyntaxError) {
        throw SyntaxError(problem: "not yet")
    }

    func forEachMatch(in bytes: UnsafeBufferPointer<UInt8>, _ body: (Int, Int) -> Void) {}
}
