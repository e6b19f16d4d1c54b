/// The variables of one frame while it runs, inside the frame around it.
final class Scope {
    private let layout: FrameLayout
    private let parent: Scope?
    /// For a block: the frame whose variables it may see, though it does not lie in it.
    private let fallback: Scope?
    /// Nil where a variable has no value yet.
    private var slots: [Value?] = []

    init(
        _ layout: FrameLayout,
        in parent: Scope?,
        fallback: Scope?,
        context: (NameID) -> Value?
    ) {
        self.layout = layout
        self.parent = parent
        self.fallback = fallback
        slots.reserveCapacity(layout.loads.count)
        for (name, load) in layout.loads {
            switch load {
            case .parameter, .missing: slots.append(nil)
            case .context: slots.append(visibleFallback?.find(name) ?? context(name))
            case .outer: slots.append(parent?.find(name))
            }
        }
    }

    private var visibleFallback: Scope? { fallback ?? parent?.visibleFallback }

    /// The value of a name in the innermost frame that holds it, or nil where it has none.
    func find(_ name: NameID) -> Value? {
        var scope = self
        while true {
            if let slot = scope.layout.slots[name] {
                return slot < scope.slots.count ? scope.slots[slot] : nil
            }
            guard let parent = scope.parent else { return nil }
            scope = parent
        }
    }

    /// Whether some frame holds the name, with or without a value.
    func holds(_ name: NameID) -> Bool {
        layout.slots[name] != nil || parent?.holds(name) == true
    }

    func set(_ name: NameID, _ value: Value) {
        if let slot = layout.slots[name], slot < slots.count { slots[slot] = value }
    }

    /// Lets go of all values, so that frames and macros do not hold each other for ever.
    func clear() { slots = [] }
}
