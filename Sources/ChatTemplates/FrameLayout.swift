/// The variables that one frame holds, and where each comes from when the frame is entered.
///
/// Jinja decides this from the source alone: a name that is assigned anywhere in a frame belongs
/// to that frame throughout, so that a read before the assignment does not see an outer variable
/// of the same name. That decides what templates print, so it is followed here.
struct FrameLayout: Sendable {
    enum Load: Sendable, Equatable {
        /// Given by whoever enters the frame.
        case parameter
        /// From the variables that rendering was given, or the globals.
        case context
        /// From the frame outside.
        case outer
        /// Nothing, until it is assigned.
        case missing
    }

    private(set) var slots: [NameID: Int] = [:]
    private(set) var loads: [(name: NameID, load: Load)] = []
    /// For a macro's frame: which of the special variables its body reads.
    var usesCaller = false
    var usesKeywords = false
    var usesVariadic = false

    init() {}

    init(_ symbols: Symbols) {
        for (name, load) in symbols.loads {
            slots[name] = loads.count
            loads.append((name, load))
        }
    }
}

/// What is known about the names of a frame while its source is read.
///
/// This follows Jinja's `idtracking.Symbols`.
final class Symbols {
    private let parent: Symbols?
    /// For a branch of `if`: what is known of the same frame before it.
    private let base: Symbols?
    private(set) var loads: [NameID: FrameLayout.Load] = [:]
    private var stores: Set<NameID> = []

    init(parent: Symbols?) {
        self.parent = parent
        base = nil
    }

    private init(branchOf base: Symbols) {
        parent = base.parent
        self.base = base
    }

    private func holds(_ name: NameID) -> Bool {
        loads[name] != nil || base?.holds(name) == true
    }

    private func hasStored(_ name: NameID) -> Bool {
        stores.contains(name) || base?.hasStored(name) == true
    }

    private func knows(_ name: NameID) -> Bool { holds(name) || parent?.knows(name) == true }

    func load(_ name: NameID) {
        if !knows(name) { loads[name] = .context }
    }

    func store(_ name: NameID) {
        stores.insert(name)
        if !holds(name) { loads[name] = parent?.knows(name) == true ? .outer : .missing }
    }

    func declareParameter(_ name: NameID) {
        stores.insert(name)
        loads[name] = .parameter
    }

    /// Reads branches of which one at most is taken: what only some assign keeps its old value
    /// where they are not taken.
    func branch(_ branches: [(Symbols) -> Void]) {
        let read = branches.map { branch in
            let symbols = Symbols(branchOf: self)
            branch(symbols)
            return symbols
        }
        let assigned = read.reduce(into: Set<NameID>()) { $0.formUnion($1.stores) }
            .filter { !hasStored($0) }
        for symbols in read {
            loads.merge(symbols.loads) { $1 }
            stores.formUnion(symbols.stores)
        }
        for name in assigned {
            loads[name] = parent?.knows(name) == true ? .outer : .context
        }
    }
}
