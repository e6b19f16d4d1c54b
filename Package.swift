// swift-tools-version: 6.2
import Foundation
import PackageDescription

// libtorch is looked for here, in this order (see README.md):
//   LIBTORCH (or LIBTORCH_INCLUDE and LIBTORCH_LIB), LIBTORCH_USE_PYTORCH=1, .libtorch/ (`make setup`).
// Nothing is downloaded during a build. Where nothing is found, CTorch says so in one line.
let libtorch = Libtorch.find()

// `make` and CI set this; who depends on Penchant is not stopped by a newer compiler's warnings.
let isStrict = Context.environment["PENCHANT_WARNINGS_AS_ERRORS"] == "1"

let swiftSettings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (isStrict ? [.treatAllWarnings(as: .error)] : [])

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    fixtures: Bool = false
) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        exclude: fixtures ? ["Fixtures"] : [],
        swiftSettings: swiftSettings
    )
}

func example(
    _ name: String,
    _ folder: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = []
) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["ExampleSupport"] + dependencies,
        path: "Examples/\(folder)",
        exclude: exclude,
        swiftSettings: swiftSettings
    )
}

let package = Package(
    name: "penchant",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "penchant", targets: ["PenchantCommand"]),
        .library(
            name: "Penchant",
            targets: [
                "Torch", "Safetensors", "PyTorchFiles", "Tokenizers", "ChatTemplates",
                "TokenTrees", "LanguageModels", "PreferenceData", "Objectives",
                "PreferenceOptimization", "RunReports", "TextGeneration",
            ]
        ),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Without Torch: bytes, integers and strings.
        .systemLibrary(name: "CZlib"),
        .target(name: "CSHA256"),
        room("Files", ["CSHA256", "CZlib"]),
        room("OrderedJSON", ["Files"]),
        room("Safetensors", ["Files", "OrderedJSON"]),
        room("PyTorchFiles", ["CZlib", "Files", "Safetensors"]),
        room("Tokenizers", ["Files", "OrderedJSON"]),
        room("ChatTemplates", ["Files", "OrderedJSON"]),
        room("TokenTrees"),
        room("RandomNumbers"),
        room(
            "PreferenceData",
            ["ChatTemplates", "Files", "OrderedJSON", "RandomNumbers", "Tokenizers", "TokenTrees"]
        ),
        room("RunReports", ["Files", "OrderedJSON"]),
        room("Objectives"),

        // On libtorch.
        .target(
            name: "CTorch",
            // Without libtorch one file is enough to say so, once.
            sources: libtorch.include == nil ? ["errors.cpp"] : nil,
            cxxSettings: libtorch.cxxSettings,
            linkerSettings: libtorch.linkerSettings
        ),
        room("Torch", ["CTorch"]),
        room(
            "LanguageModels",
            [
                "Files", "OrderedJSON", "PyTorchFiles", "RandomNumbers", "Safetensors",
                "Tokenizers",
                "TokenTrees", "Torch",
            ]
        ),
        room(
            "PreferenceOptimization",
            [
                "Files", "LanguageModels", "Objectives", "OrderedJSON", "PreferenceData",
                "RunReports", "Tokenizers", "TokenTrees", "Torch",
            ]
        ),
        room(
            "TextGeneration",
            ["Files", "LanguageModels", "OrderedJSON", "RandomNumbers", "Tokenizers", "Torch"]
        ),
        .executableTarget(
            name: "PenchantCommand",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
                "ChatTemplates", "Files", "LanguageModels", "Objectives", "OrderedJSON",
                "PreferenceData", "PreferenceOptimization", "RunReports", "Safetensors",
                "TextGeneration", "Tokenizers", "TokenTrees", "Torch",
            ],
            swiftSettings: swiftSettings
        ),

        .target(
            name: "ExampleSupport",
            dependencies: ["Files", "OrderedJSON", "Safetensors"],
            path: "Examples/Support",
            swiftSettings: swiftSettings
        ),
        example("MakeDemo", "MakeDemo", ["Files", "OrderedJSON"]),
        example(
            "GPT2Example",
            "000-gpt2",
            [
                "LanguageModels", "Objectives", "PreferenceData", "PreferenceOptimization",
                "Tokenizers", "TokenTrees",
            ],
            exclude: ["README.md"]
        ),
        example(
            "ChatExample",
            "002-chat",
            [
                "LanguageModels", "Objectives", "PreferenceData", "PreferenceOptimization",
                "Tokenizers", "TokenTrees",
            ],
            exclude: ["README.md", "run.sh", "chatml.jinja", "chats.jsonl"]
        ),
        example(
            "LengthExample",
            "003-length",
            [
                "LanguageModels", "Objectives", "PreferenceData", "PreferenceOptimization",
                "TokenTrees",
            ],
            exclude: ["README.md"]
        ),

        // Compiled as if it lay in another package, so that it uses nothing but the public promise.
        .executableTarget(
            name: "LibraryExample",
            dependencies: [
                "LanguageModels", "Objectives", "PreferenceData", "PreferenceOptimization",
            ],
            path: "Examples/Library",
            exclude: ["README.md"],
            swiftSettings: swiftSettings + [.unsafeFlags(["-package-name", "library_example"])]
        ),

        .target(
            name: "TestSupport",
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings
        ),
        tests("Files"),
        tests("OrderedJSON"),
        tests("Safetensors", ["Files", "OrderedJSON"]),
        tests("PyTorchFiles", ["Files", "OrderedJSON", "Safetensors"], fixtures: true),
        tests("Tokenizers", ["OrderedJSON"]),
        tests("ChatTemplates", ["OrderedJSON"]),
        tests("TokenTrees"),
        tests("RandomNumbers"),
        tests("Objectives", fixtures: true),
        tests(
            "PreferenceData",
            ["ChatTemplates", "Files", "OrderedJSON", "Tokenizers", "TokenTrees"]
        ),
        tests("RunReports", ["Files", "OrderedJSON"]),
        tests("Torch", ["CTorch"], fixtures: true),
        tests(
            "LanguageModels",
            ["Files", "OrderedJSON", "PyTorchFiles", "Safetensors", "TokenTrees", "Torch"],
            fixtures: true
        ),
        tests(
            "PreferenceOptimization",
            [
                "Files", "LanguageModels", "Objectives", "OrderedJSON", "PreferenceData",
                "Safetensors", "RunReports", "Tokenizers", "TokenTrees", "Torch",
            ],
            fixtures: true
        ),
        tests(
            "TextGeneration",
            ["Files", "LanguageModels", "OrderedJSON", "Tokenizers", "Torch"],
            fixtures: true
        ),
        tests(
            "PenchantCommand",
            ["ChatExample", "CZlib", "MakeDemo", "OrderedJSON", "Safetensors"]
        ),
        .testTarget(
            name: "ExamplesTests",
            dependencies: [
                "ChatExample", "ExampleSupport", "Files", "GPT2Example", "LanguageModels",
                "LengthExample", "LibraryExample", "Objectives", "OrderedJSON", "PreferenceData",
                "PreferenceOptimization",
                "TestSupport", "Tokenizers", "TokenTrees",
            ],
            swiftSettings: swiftSettings
        ),
    ],
    cxxLanguageStandard: .cxx20
)

/// Where libtorch's headers and libraries lie, as compiler and linker settings.
struct Libtorch {
    var include: String?
    var libraries: String?

    var cxxSettings: [CXXSetting] {
        guard let include else {
            return [.define("CTORCH_LIBTORCH_NOT_FOUND"), .unsafeFlags(["-Wfatal-errors"])]
        }
        // Kernels are fast in debug builds too, where tests run them.
        var settings: [CXXSetting] = [
            .unsafeFlags([
                "-isystem", include, "-isystem", "\(include)/torch/csrc/api/include", "-O2",
            ])
        ]
        if Context.environment["LIBTORCH_BYPASS_VERSION_CHECK"] == "1" {
            settings.append(.define("CTORCH_BYPASS_VERSION_CHECK"))
        }
        return settings
    }

    var linkerSettings: [LinkerSetting] {
        guard let libraries else { return [] }
        #if os(macOS)
        let beside = "@executable_path/../lib/penchant"
        #else
        let beside = "$ORIGIN/../lib/penchant"
        #endif
        // An installed program has its libraries beside it (`make install`); one in .build finds
        // them where they were found.
        let paths = [beside, libraries].flatMap { ["-Xlinker", "-rpath", "-Xlinker", $0] }
        return [
            .unsafeFlags(["-L\(libraries)"] + paths),
            .linkedLibrary("torch_cpu"),
            .linkedLibrary("c10"),
        ]
    }

    static func find() -> Libtorch {
        let environment = Context.environment
        if let root = environment["LIBTORCH"] {
            return Libtorch(
                include: environment["LIBTORCH_INCLUDE"].map { "\($0)/include" }
                    ?? "\(root)/include",
                libraries: environment["LIBTORCH_LIB"].map { "\($0)/lib" } ?? "\(root)/lib"
            )
        }
        if let include = environment["LIBTORCH_INCLUDE"], let lib = environment["LIBTORCH_LIB"] {
            return Libtorch(include: "\(include)/include", libraries: "\(lib)/lib")
        }
        if environment["LIBTORCH_USE_PYTORCH"] == "1", let root = activePyTorch() {
            return Libtorch(include: "\(root)/include", libraries: "\(root)/lib")
        }
        let fetched = "\(Context.packageDirectory)/.libtorch/torch"
        if FileManager.default.fileExists(atPath: "\(fetched)/include/ATen/ATen.h") {
            return Libtorch(include: "\(fetched)/include", libraries: "\(fetched)/lib")
        }
        return Libtorch(include: nil, libraries: nil)
    }

    /// The folder of the torch package of the active Python.
    static func activePyTorch() -> String? {
        let python = Context.environment["VIRTUAL_ENV"] == nil ? "python3" : "python"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            python, "-c", "import torch, os; print(os.path.dirname(torch.__file__))",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = Pipe()
        guard (try? process.run()) != nil else { return nil }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
