import ExampleSupport
import Foundation

/// Makes a small model and preferences for it, out of nothing: `MakeDemo FOLDER`.
@main
enum MakeDemo {
    static func main() throws {
        guard CommandLine.arguments.count == 2 else {
            FileHandle.standardError.write(Data("usage: MakeDemo FOLDER\n".utf8))
            exit(EX_USAGE)
        }
        let folder = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
        let model = folder.appending(path: "model", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
        var random = SplitMix64(seed: 42)

        try ByteTokenizer.write(to: model)
        let parameters = try RandomModel.llama(
            hidden: 128,
            intermediate: 352,
            layers: 4,
            heads: 4,
            keyValueHeads: 2
        ).write(to: model, using: &random)

        let pairs = DemoPreferences.pairs(using: &random)
        let heldOut = pairs.count / 5
        try DemoPreferences.write(pairs.dropFirst(heldOut), to: folder, "preferences.jsonl")
        try DemoPreferences.write(pairs.prefix(heldOut), to: folder, "held-out.jsonl")
        print(
            """
            made \(folder.path)/model: a Llama of \(parameters) random parameters that reads bytes
            made \(folder.path)/preferences.jsonl: \(pairs.count - heldOut) pairs, kind answers \
            preferred to rude ones, and held-out.jsonl: \(heldOut) more, about other things
            """
        )
    }
}
