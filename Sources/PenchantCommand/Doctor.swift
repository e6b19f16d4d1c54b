import ArgumentParser
import Foundation
import PreferenceOptimization
import Torch

/// `penchant doctor`.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this Penchant runs on, and what is wrong where something is."
    )

    func run() throws {
        var problems: [String] = []
        try Console.output("penchant        \(Penchant.version)")
        try Console.output("swift           \(Self.swiftVersion)")
        try Console.output("libtorch        \(TorchRuntime.version)")
        try Console.output("  found at      \(TorchRuntime.libraryPath ?? "unknown")")
        try Console.output("cpu capability  \(TorchRuntime.cpuCapability)")
        try Console.output(
            "bfloat16        "
                + (TorchRuntime.widensBFloat16
                    ? "multiplied by way of float32, which this processor does faster"
                    : "multiplied as it is")
        )
        try Console.output(
            "threads         \(TorchRuntime.threadCount) "
                + "(\(ProcessInfo.processInfo.activeProcessorCount) processors)"
        )
        var devices = ["cpu"]
        for kind in [Device.Kind.cuda, .mps] {
            do {
                let count = try Device.count(kind)
                devices += (0..<count).map { "\(Device(kind, index: $0))" }
            } catch {
                problems.append("\(kind.rawValue): \(error.message)")
            }
        }
        try Console.output("devices         \(devices.joined(separator: ", "))")
        do {
            try Self.checkArithmetic()
        } catch {
            problems.append("\(error)")
        }
        if problems.isEmpty {
            try Console.output("no problems found")
        } else {
            for problem in problems { try Console.output("problem: \(problem)") }
            throw ExitCode(EX_SOFTWARE)
        }
    }

    /// The compiler's version, as far as a program can know it.
    private static var swiftVersion: String {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }

    /// A small product, forwards and backwards, so that a broken installation shows here.
    private static func checkArithmetic() throws {
        let x = try Tensor([Float(1), 2, 3, 4], shape: [2, 2])
        try x.setRequiresGradient(true)
        try x.matrixProduct(x).sum().backward()
        let gradient = try x.gradient?.elements(as: Float.self)
        guard gradient == [7, 11, 9, 13] else {
            throw TorchError(
                "self-test",
                "a product's gradient is \(gradient ?? []), not [7, 11, 9, 13]"
            )
        }
    }
}
