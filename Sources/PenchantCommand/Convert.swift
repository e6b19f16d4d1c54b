public import ArgumentParser
import Files
import Foundation
public import LanguageModels
import PreferenceOptimization
import Safetensors

/// `penchant convert`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model anew, in another format, dtype or number of files.",
        discussion: """
            Reads safetensors and PyTorch's files (pytorch_model.bin, .pth), whose pickles are \
            never executed: anything but tensors in dictionaries is refused. The tokenizer's files \
            come along.
            """
    )

    @Option(
        help: "Folder of a model, or a file of weights.",
        transform: fileArgument
    )
    var model: URL

    @Option(help: "Folder to write, empty or new.", transform: folderArgument)
    var output: URL

    @Option(help: "Dtype of floating-point weights (default: as they are).")
    var dtype: WeightDType?

    @Option(help: "Format of the weights.")
    var format: ModelConversion.Format = .safetensors

    @Option(help: "Most bytes of tensors in a file, such as 500MB or 5GB (powers of ten).")
    var maxShardSize = ByteCount(50_000_000_000)

    @Option(
        help: "The model's config.json; needed with a file of weights.",
        transform: fileArgument
    )
    var config: URL?

    @Option(help: "Folder whose tokenizer files are taken.", transform: folderArgument)
    var tokenizer: URL?

    @Option(
        help: """
            Key of the dictionary in a file of PyTorch's that has the weights, where there are \
            several.
            """
    )
    var key: String?

    func run() throws {
        try OutputFolder.check(output)
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: model.path, isDirectory: &isFolder)
        guard exists else { throw FileError("open", model.path, reason: "there is no such file") }
        let beside = isFolder.boolValue ? model.appending(path: "config.json") : nil
        guard let configuration = config ?? beside else {
            throw SettingError(
                "config",
                found: "missing",
                allowed: "the config.json of the model, whose weights are given as a file"
            )
        }
        let conversion = try ModelConversion(
            model,
            key: key,
            configuration: configuration,
            companions: (isFolder.boolValue ? [model] : []) + (tokenizer.map { [$0] } ?? [])
        )
        if let (name, other) = conversion.tiedHead {
            Console.status("\(name) is left out: it is \(other), and config.json ties them")
        }
        try conversion.write(
            to: output,
            .init(
                format: format,
                dtype: dtype?.element,
                maximumShardByteCount: maxShardSize.value
            )
        )
    }
}

/// What weights can be converted to.
enum WeightDType: String, ExpressibleByArgument, CaseIterable {
    case float32, float16, bfloat16, float64

    var element: TensorElement {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float64: .float64
        }
    }
}

extension ModelConversion.Format: ExpressibleByArgument {}
