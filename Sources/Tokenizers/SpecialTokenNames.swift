/// The texts of the tokens that have a role of their own.
struct SpecialTokenNames: Sendable {
    var beginningOfText: String?
    var endOfText: String?
    var padding: String?
    var unknown: String?
}
