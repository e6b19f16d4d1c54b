import CTorch

/// Where the time of a thread went: libtorch's operations, by what they were for.
public struct OperationProfile {
    /// What operations were for.
    public enum Section: Int32, Sendable, CaseIterable {
        /// The trained model's layers, forward and backward.
        case layers
        /// Its vocabulary head and the log-probabilities.
        case head
        /// The reference's forward.
        case reference
        /// What the trained model's layers did not keep and compute again in the backward.
        case recomputation
        /// Gradients' norm and clipping, and the update of the weights.
        case optimizer
    }

    /// One operation.
    public struct Entry: Sendable {
        /// What it was for.
        public let section: Section
        /// Its name, such as `aten::mm`.
        public let operation: String
        /// Its own time, without that of the operations it called.
        public let seconds: Double
        /// How often it ran.
        public let callCount: Int
    }

    /// The operations of the profile.
    public let entries: [Entry]
    /// By how many bytes tensors grew at most.
    public let peakByteCount: Int

    /// Begins to count the operations of this thread.
    ///
    /// - Throws: `TorchError` where that has begun already.
    public static func begin() throws(TorchError) {
        try check("profile", ctorch_profile_begin())
    }

    /// Ends what `begin()` began.
    public static func end() throws(TorchError) -> OperationProfile {
        var entries: [Entry] = []
        var peak: Int64 = 0
        try withUnsafeMutablePointer(to: &entries) { (entries) throws(TorchError) in
            let receive: ctorch_profile_receiver = { context, section, name, seconds, calls in
                guard let context, let name, let section = Section(rawValue: section) else {
                    return
                }
                context.assumingMemoryBound(to: [Entry].self).pointee.append(
                    Entry(
                        section: section,
                        operation: String(cString: name),
                        seconds: seconds,
                        callCount: Int(calls)
                    )
                )
            }
            try check("profile", ctorch_profile_end(receive, entries, &peak))
        }
        return OperationProfile(entries: entries, peakByteCount: Int(peak))
    }

    /// Says what a function's operations are for, unless one around it has said so.
    public static func section<Result, Failure: Error>(
        _ section: Section,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = ctorch_profile_section(section.rawValue)
        if before != Section.layers.rawValue { _ = ctorch_profile_section(before) }
        defer { _ = ctorch_profile_section(before) }
        return try body()
    }
}
