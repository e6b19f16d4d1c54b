public import Foundation

/// The conformance material: real files and golden values that lie beside the project.
///
/// `PENCHANT_CONFORMANCE` names the folder; without it `../shared/conformance` beside the checkout
/// is looked for. Tests that need it are disabled where it is not there, and the test log says so.
public enum Conformance {
    /// The folder, or nil where there is none.
    public static let folder: URL? = {
        let candidate =
            ProcessInfo.processInfo.environment["PENCHANT_CONFORMANCE"].map {
                URL(fileURLWithPath: $0, isDirectory: true)
            } ?? checkout.deletingLastPathComponent().appending(path: "shared/conformance")
        return FileManager.default.fileExists(atPath: candidate.path) ? candidate : nil
    }()

    /// Whether the material is there: for `.enabled(if: Conformance.isPresent, Conformance.hint)`.
    public static var isPresent: Bool { folder != nil }

    /// What a skipped test says.
    public static let hint = "needs the conformance material (PENCHANT_CONFORMANCE)"

    /// A file of the material.
    public static func file(_ path: String) throws -> URL {
        guard let folder else { throw Missing() }
        return folder.appending(path: path)
    }

    /// Thrown where a test asks for the material without being disabled when it is missing.
    public struct Missing: Error {}

    private static var checkout: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }
}
