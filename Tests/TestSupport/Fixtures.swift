public import Foundation

/// Files that the project's own scripts made for its tests.
public enum Fixtures {
    /// A tiny Llama with golden values.
    public static func llama(_ name: String) -> URL { model(name) }

    /// A tiny model with golden values, made by Tools/make_golden_models.py.
    public static func model(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "LanguageModelsTests/Fixtures/\(name)", directoryHint: .isDirectory)
    }
}
