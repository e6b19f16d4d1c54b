import Files
public import Foundation

/// Preferences, read from files and ready to train on: a collection over a file of prepared data,
/// which costs no memory to speak of.
public struct PreferenceDataset: RandomAccessCollection, Sendable {
    /// How it came about.
    public enum Origin: Sendable, Equatable {
        /// It was prepared in so many seconds, and is kept in a file, or was not to be kept.
        case prepared(seconds: Double, kept: URL?)
        /// It had been prepared before.
        case kept(URL)
    }

    /// What was read, and what was done to it.
    public let report: DataReport
    /// How it came about.
    public let origin: Origin
    /// What went otherwise than it should on the way here, a line each.
    public let notices: [String]

    let store: PreferenceStore
    private let files: [String]

    private init(
        _ store: PreferenceStore,
        _ files: [DataSource],
        _ origin: Origin,
        _ notices: [String]
    ) {
        self.store = store
        self.files = files.map(\.name)
        self.origin = origin
        self.notices = notices
        report = store.summary.report.renamed(store.summary.files, to: self.files)
    }

    /// The first index: 0.
    public var startIndex: Int { 0 }
    /// How many preferences there are.
    public var endIndex: Int { store.count }

    /// The preferences in the order of the files and their rows.
    public subscript(index: Int) -> Preference { store.preference(index, files: files) }

    /// The pairs that the preferences' ranks make; labelled answers make none.
    public var pairs: PreferencePairs { PreferencePairs(self) }

    /// The number of a preference's row among all that were read, skipped ones counted.
    package func row(_ index: Int) -> Int { store.row(index) }

    /// Reads and encodes files and folders.
    ///
    /// See `load(_:processor:settings:cache:progress:)` for sources of all kinds.
    public static func load(
        _ files: [URL],
        processor: TextProcessor?,
        settings: DataSettings = DataSettings()
    ) throws -> PreferenceDataset {
        try load(files.map { .path($0) }, processor: processor, settings: settings)
    }

    /// Reads and encodes rows, or takes what was kept of the same data and settings.
    ///
    /// What rows may be, `DataFormat` tells; keys that a form does not know are ignored, and so are
    /// blank lines. Rows are prepared on all cores; the result does not depend on how many there
    /// are. It lies in a file, in the cache or without a name in the folder for temporary files,
    /// so that memory does not grow with the data.
    ///
    /// - Parameters:
    ///   - sources: files, folders and standard input, in order.
    ///   - processor: the model's tokenizer and chat template; nil where all rows are token ids.
    ///   - settings: the limits, and what happens at a bad row.
    ///   - cache: where prepared data are kept; nil for nowhere. Nothing is kept where the
    ///     processor has no fingerprint or a file is no regular one, such as a pipe.
    ///   - progress: called now and then while rows are prepared.
    /// - Throws: `DataError` for the first bad row, for a file without rows, and where no row is
    ///   left; `FileError` for a file that cannot be read or written; `DataSettingsError`.
    public static func load(
        _ sources: [DataSource],
        processor: TextProcessor?,
        settings: DataSettings = DataSettings(),
        cache: DataCache? = nil,
        progress: ((PreparationProgress) -> Void)? = nil
    ) throws -> PreferenceDataset {
        try settings.validate()
        let files = try sources.flatMap { try $0.files() }
        let start = ContinuousClock.now
        let preparation = DataPreparation(
            files: files,
            preparer: RowPreparer(processor: processor, settings: settings),
            progress: progress
        )
        func prepared(_ file: any WritableFile, _ key: DataKey?) throws -> PreferenceStore {
            try preparation.write(to: file, key: key)
            let file = try file.mapped()
            do throws(StoreProblem) {
                return try PreferenceStore(file, key: key)
            } catch {
                throw FileError("read back prepared data", file.url.path, reason: "\(error)")
            }
        }
        func origin(_ kept: URL?) -> Origin {
            .prepared(seconds: (ContinuousClock.now - start) / .seconds(1), kept: kept)
        }

        var notices: [String] = []
        if let cache, let key = try key(files, processor, settings) {
            let place = cache.url(key)
            do {
                if let store = try cache.store(key) {
                    return PreferenceDataset(store, files, .kept(place), notices)
                }
            } catch let problem as StoreProblem {
                notices.append("\(place.path) is not used: \(problem); the data are prepared anew")
            }
            var file: AtomicFile?
            do {
                file = try cache.newFile(key)
            } catch let error as FileError {
                notices.append("prepared data are not kept: \(error)")
            }
            if let file {
                let store = try prepared(file, key)
                try file.commit()
                cache.removeOldest(sparing: key)
                return PreferenceDataset(store, files, origin(place), notices)
            }
        }
        let store = try prepared(TemporaryFile(), nil)
        return PreferenceDataset(store, files, origin(nil), notices)
    }

    /// Checks that every row makes pairs, as objectives that compare answers need it.
    ///
    /// - Throws: `DataError` at the first answer that stands alone with a label.
    public func requirePairs() throws(DataError) {
        // Where every preference makes one pair, none has a label.
        guard store.pairOffsets != nil else { return }
        let unpaired = self.lazy.filter(\.isUnpaired)
        guard let first = unpaired.first else { return }
        throw DataError(
            source: first.source,
            reason: .pairsNeeded(unpaired: unpaired.count(where: { _ in true }), rows: count)
        )
    }

    /// What these data are kept under; nil where they cannot be.
    private static func key(
        _ files: [DataSource],
        _ processor: TextProcessor?,
        _ settings: DataSettings
    ) throws -> DataKey? {
        // What comes from standard input or a pipe cannot be read twice.
        let urls = files.compactMap(\.url)
        guard !urls.isEmpty, urls.count == files.count, urls.allSatisfy({ FileStamp($0) != nil })
        else { return nil }
        guard let fingerprint = processor.map({ $0.fingerprint }) ?? "no tokenizer" else {
            return nil
        }
        return try DataKey(files: urls, fingerprint: fingerprint, settings: settings)
    }
}
