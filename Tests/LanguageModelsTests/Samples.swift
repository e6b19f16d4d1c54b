import Foundation
import OrderedJSON
import Safetensors
import TestSupport
import Testing
import Torch

/// Tolerances per dtype.
enum Tolerance {
    /// Some thousand units in the last place, 2⁻⁵² ≈ 2.2e-16: sums of dozens of products.
    static let float64 = 1e-12
    /// Some tens of units in the last place, 2⁻²³ ≈ 1.2e-7, for numbers around 1.
    static let float32 = 3e-6
    /// Two layers in float32 against float64: rounding of some hundred products, seen up to 5e-6.
    static let model = 2e-5
    /// A few units in the last place of bfloat16, 2⁻⁸ ≈ 0.004, for numbers around 1.
    static let bfloat16 = 0.02
    /// Central differences with steps of 1e-5 err by about 1e-10 in float64.
    static let finiteDifference = 1e-8
}

extension Tensor {
    /// A tensor of numbers that look random, the same in every run.
    static func sample(
        _ shape: [Int],
        _ dtype: DType = .float64,
        seed: UInt64,
        scale: Double = 1
    ) throws -> Tensor {
        try Tensor(sampleNumbers(shape.reduce(1, *), seed: seed, scale: scale), shape: shape)
            .to(dtype)
    }

    /// All elements, whatever the floating-point dtype.
    func doubles() throws -> [Double] {
        try detached().to(.float64).contiguous().elements(as: Double.self)
    }

    /// Whether another tensor has the same shape, dtype and bits, NaNs included.
    func hasSameBits(as other: Tensor) throws -> Bool {
        guard shape == other.shape, dtype == other.dtype else { return false }
        let bytes = try detached().contiguous().withBytes { Array($0) }
        return try bytes == other.detached().contiguous().withBytes { Array($0) }
    }
}

/// The values of a function and the gradients of their weighted sum.
///
/// - Parameter inputs: new leaves are made of them.
func valuesAndGradients(
    _ inputs: [Tensor],
    seed: UInt64 = 99,
    _ function: ([Tensor]) throws -> Tensor
) throws -> (values: [Double], gradients: [[Double]]) {
    let leaves = try inputs.map { try $0.detached().cloned() }
    for leaf in leaves { try leaf.setRequiresGradient(true) }
    let output = try function(leaves)
    try (output * Tensor.sample(output.shape, output.dtype, seed: seed)).sum().backward()
    let gradients = try leaves.map { try #require($0.gradient).doubles() }
    return (try output.doubles(), gradients)
}

/// Expects two forms of one function to have the same values and gradients.
func expectSame(
    _ inputs: [Tensor],
    tolerance: Double,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ actual: ([Tensor]) throws -> Tensor,
    _ expected: ([Tensor]) throws -> Tensor
) throws {
    let actual = try valuesAndGradients(inputs, actual)
    let expected = try valuesAndGradients(inputs, expected)
    expectClose(
        actual.values,
        expected.values,
        absolute: tolerance,
        relative: tolerance,
        sourceLocation: sourceLocation
    )
    for (actual, expected) in zip(actual.gradients, expected.gradients) {
        expectClose(
            actual,
            expected,
            absolute: tolerance,
            relative: tolerance,
            sourceLocation: sourceLocation
        )
    }
}

/// A model folder that a test changes before it is written.
struct ModelFiles {
    /// A tensor with its numbers.
    struct Weight {
        var name: String
        var element: TensorElement = .float32
        var shape: [Int]
        var bytes: [UInt8]

        init(_ name: String, _ element: TensorElement, _ shape: [Int], bytes: [UInt8]) {
            (self.name, self.element, self.shape, self.bytes) = (name, element, shape, bytes)
        }

        /// A float32 tensor.
        init(_ name: String, _ shape: [Int], _ numbers: [Float]) {
            self.init(name, .float32, shape, bytes: numbers.withUnsafeBytes { Array($0) })
        }
    }

    var configuration: JSONObject
    var weights: [Weight]

    /// The files of a fixture.
    init(_ fixture: String) throws {
        let url = Fixtures.model(fixture)
        configuration = try #require(
            try JSONValue(contentsOf: url.appending(path: "config.json")).object
        )
        let checkpoint = try SafetensorsCheckpoint(url)
        weights = try checkpoint.entries.map { entry in
            Weight(
                entry.name,
                entry.element,
                entry.shape,
                bytes: try checkpoint.withBytes(of: entry.name) { Array($0) }
            )
        }
    }

    init(weights: [Weight]) {
        configuration = JSONObject()
        self.weights = weights
    }

    mutating func change(_ name: String, _ change: (inout Weight) -> Void) throws {
        let index = try #require(weights.firstIndex { $0.name == name })
        change(&weights[index])
    }

    /// Writes config.json and model.safetensors.
    ///
    /// - Parameter headerShift: blanks behind the header, which move the data off their alignment.
    func write(to folder: TemporaryFolder, headerShift: Int = 0) throws {
        _ = try folder.write("config.json", JSONValue.object(configuration).text)
        try SafetensorsWriter.writeCheckpoint(
            to: folder.url,
            entries: weights.map {
                try TensorEntry(name: $0.name, element: $0.element, shape: $0.shape)
            }
        ) { entry, write in
            let weight = try #require(weights.first { $0.name == entry.name })
            try weight.bytes.withUnsafeBytes { try write($0) }
        }
        guard headerShift > 0 else { return }
        let url = folder.url.appending(path: "model.safetensors")
        let file = try Data(contentsOf: url)
        let length = file.prefix(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        let end = 8 + Int(length)
        var shifted = withUnsafeBytes(of: length + UInt64(headerShift)) { Data($0) }
        shifted += file[8..<end] + Data(repeating: 0x20, count: headerShift) + file[end...]
        try shifted.write(to: url)
    }
}

extension String {
    /// Whether the text fits a line of a log.
    var isOneLine: Bool { !contains(where: \.isNewline) }
}
