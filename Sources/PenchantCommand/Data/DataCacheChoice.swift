import ArgumentParser
import Files
import Foundation
public import PreferenceData
import RunReports

/// Where prepared data are kept, as the command line says it.
enum DataCacheChoice {
    case standard
    case folder(URL)
    case none

    init(argument: String) throws {
        if argument.isEmpty { throw ValidationError("the path of a folder, or none, is needed") }
        self = argument == "none" ? .none : .folder(try folderArgument(argument))
    }

    /// The cache; nil where nothing is to be kept, or there is no home to keep it in.
    var cache: DataCache? {
        switch self {
        case .standard: DataCache.standardFolder().map { DataCache(folder: $0) }
        case .folder(let folder): DataCache(folder: folder)
        case .none: nil
        }
    }
}

extension PreferenceDataset.Origin: CustomStringConvertible {
    /// What happened, for the line that says so.
    public var description: String {
        switch self {
        case .prepared(let seconds, let kept):
            "prepared in \(seconds.short) s"
                + (kept.map { ", kept in \($0.path)" } ?? ", not kept")
        case .kept(let url): "taken from \(url.path)"
        }
    }
}
