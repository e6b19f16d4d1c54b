import Files
package import Foundation

/// A place for a folder of results, checked before any work is done.
package enum OutputFolder {
    /// - Parameters:
    ///   - overwriting: whether the place may hold files already.
    ///   - allowed: what to do where it does and may not.
    /// - Throws: `SettingError` where the place is taken, `FileError` where it cannot be written.
    package static func check(
        _ url: URL,
        overwriting: Bool = false,
        allowed: String = "an empty or new folder"
    ) throws {
        let manager = FileManager.default
        // The folder, or the nearest one above it that is there.
        var place = url.standardizedFileURL
        while place.path != "/", !manager.fileExists(atPath: place.path) {
            place.deleteLastPathComponent()
        }
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: place.path, isDirectory: &isFolder), isFolder.boolValue
        else {
            let file = place.path == url.standardizedFileURL.path ? "a file" : "below a file"
            throw SettingError("output", found: "\(url.path), \(file)", allowed: "a folder")
        }
        guard access(place.path, W_OK | X_OK) == 0 else {
            throw FileError.system("write", place.path)
        }
        guard !overwriting, let names = try? manager.contentsOfDirectory(atPath: url.path),
            !names.isEmpty
        else { return }
        throw SettingError(
            "output",
            found: "\(url.path), which holds files",
            allowed: allowed
        )
    }
}
