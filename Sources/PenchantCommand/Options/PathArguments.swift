import ArgumentParser
import Foundation

/// A folder named on the command line.
func folderArgument(_ path: String) throws -> URL {
    // An empty path, as of a variable that is not set, would mean the current folder.
    if path.isEmpty { throw ValidationError("the path of a folder is needed") }
    return URL(fileURLWithPath: path, isDirectory: true)
}

/// A file named on the command line.
func fileArgument(_ path: String) throws -> URL {
    if path.isEmpty { throw ValidationError("the path of a file is needed") }
    return URL(fileURLWithPath: path)
}
