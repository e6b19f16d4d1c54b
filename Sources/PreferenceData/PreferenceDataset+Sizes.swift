/// How sequences are laid out in a batch; see `PackedBatch`.
package struct BatchLayout {
    /// Whether what sequences share at their beginning is there once.
    package var sharesPrefixes: Bool
    /// See `TokenSequence.isReadWhole`.
    package var readsWhole: Bool
    /// Sequences share nothing where this number of their lengths in tokens differs.
    package var lengthClass: (Int) -> Int

    /// A layout.
    package init(
        sharesPrefixes: Bool = true,
        readsWhole: Bool = false,
        lengthClass: @escaping (Int) -> Int = { _ in 0 }
    ) {
        self.sharesPrefixes = sharesPrefixes
        self.readsWhole = readsWhole
        self.lengthClass = lengthClass
    }
}

/// How large a preference is in a batch.
package struct PreferenceSize: Equatable, Sendable {
    /// Tokens that go into the model.
    package var rows = 0
    /// Pairs of a row and what it predicts.
    package var entries = 0

    /// Nothing.
    package init() {}
}

extension PreferenceDataset {
    /// How large a preference is in a batch, told by its lengths, without its tokens.
    ///
    /// Exact for one sequence or two. Of more, which may share more than what all share, it is the
    /// most that they can take.
    package func size(_ index: Int, in layout: BatchLayout) -> PreferenceSize {
        store.size(index, in: layout)
    }
}
