import Files
import Foundation
import PreferenceOptimization

/// A place for a file of results, checked before any work is done.
struct OutputFile {
    let url: URL

    /// - Parameters:
    ///   - option: what the place was given as on the command line.
    ///   - inputs: files and model folders that are read: nothing of them is replaced.
    /// - Throws: `SettingError` where the file would replace anything but an earlier result,
    ///   `FileError` where its folder cannot be written.
    init(_ url: URL, option: String = "output", inputs: [URL]) throws {
        self.url = url
        let folder = url.deletingLastPathComponent()
        var status = stat()
        // Without following a link: it is the link that is replaced.
        if lstat(url.path, &status) == 0 {
            guard [S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) else {
                throw SettingError(
                    option,
                    found: "\(url.path), which is a folder or device",
                    allowed: "the path of a file"
                )
            }
            let place = FileIdentity.path(to: url)
            if let input = inputs.first(where: { FileIdentity($0).map(place.contains) ?? false }) {
                throw SettingError(
                    option,
                    found: "\(url.path), which would replace what is read from \(input.path)",
                    allowed: "another file"
                )
            }
        }
        guard stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw SettingError(
                option,
                found: "\(url.path), whose folder is not there",
                allowed: "a file in a folder that exists"
            )
        }
        guard access(folder.path, W_OK | X_OK) == 0 else {
            throw FileError.system("write", folder.path)
        }
    }
}
