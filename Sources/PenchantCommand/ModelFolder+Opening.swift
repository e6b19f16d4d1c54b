import Files
import Foundation
import LanguageModels

extension ModelFolder {
    /// Opens a folder named on the command line.
    static func open(_ url: URL) throws -> ModelFolder {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            throw FileError(
                "open the model",
                url.path,
                reason: (exists ? "it is a file" : "there is no such folder")
                    + " (a Hugging Face model folder on this machine is needed)"
            )
        }
        return try ModelFolder(url)
    }
}
