import Foundation
import Safetensors
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct ParameterStoreTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func store(
        _ weights: [ModelFiles.Weight],
        _ options: ParameterStore.Options = .init(),
        headerShift: Int = 0
    ) throws -> ParameterStore {
        try ModelFiles(weights: weights).write(to: folder, headerShift: headerShift)
        return ParameterStore(
            try SafetensorsCheckpoint(folder.url),
            path: "here",
            options: options
        )
    }

    private static let weights = [
        ModelFiles.Weight("a.weight", [2, 2], [1, 2, 3, 4]),
        ModelFiles.Weight("a.bias", [2], [5, 6]),
        ModelFiles.Weight("b.weight", [3], [7, 8, 9]),
    ]

    private func error(_ body: () throws -> Void) throws -> ModelError.Kind {
        let error = try #require(throws: ModelError.self) { try body() }
        #expect(error.path == "here")
        #expect(error.description.hasPrefix("here: "))
        #expect(error.description.isOneLine)
        return error.kind
    }

    @Test("weights come in the order in which they are taken, under their full names")
    func order() throws {
        let store = try store(Self.weights)
        let b = try store.root["b"].tensor("weight", shape: [3])
        let weight = try store.root["a"].tensor("weight", shape: [2, 2])
        let bias = try store.root.tensor("a.bias", shape: [2])
        let parameters = try store.finish()
        #expect(parameters.map(\.name) == ["b.weight", "a.weight", "a.bias"])
        #expect(try weight.doubles() == [1, 2, 3, 4])
        #expect(weight.shape == [2, 2])
        for (parameter, value) in zip(parameters, [b, weight, bias]) {
            #expect(parameter.value === value)
            #expect(parameter.master === value)
            #expect(value.requiresGradient)
        }
    }

    @Test("all missing names are told at once, in order")
    func missing() throws {
        let store = try store(Self.weights)
        _ = try store.root.tensor("x", shape: [1])
        _ = try store.root.tensor("b.weight", shape: [3])
        // A configuration may ask for sizes beyond all memory.
        _ = try store.root["y"].tensor("z", shape: [1 << 31, 1 << 31, 1 << 31])
        #expect(try error { _ = try store.finish() } == .missing(["x", "y.z"]))
    }

    @Test("a list of many names is cut, and an endless one ends the account")
    func manyMissing() throws {
        let names = (0..<7).map { "n\($0)" }
        #expect(
            ModelError(path: "here", .missing(names)).description
                == "here: tensors are missing: n0, n1, n2, n3, n4 and 2 more"
        )
        let store = try store(Self.weights)
        let kind = try error {
            for index in 0... { _ = try store.root.tensor("n\(index)", shape: [1]) }
        }
        guard case .missing(let found) = kind else {
            Issue.record("\(kind)")
            return
        }
        #expect(found.count == 10_000)
    }

    @Test("tensors that nobody took are an error, apart from those to be ignored")
    func unused() throws {
        let store = try store(Self.weights)
        _ = try store.root.tensor("b.weight", shape: [3])
        #expect(try error { _ = try store.finish() } == .unused(["a.weight", "a.bias"]))
        #expect(
            try error { _ = try store.finish { $0 == "a.weight" } } == .unused(["a.bias"])
        )
        #expect(try store.finish { $0.hasPrefix("a.") }.count == 1)
    }

    @Test("missing tensors are told before unused ones, for a wrong name makes both")
    func missingFirst() throws {
        let store = try store(Self.weights)
        _ = try store.root.tensor("a.weights", shape: [2, 2])
        #expect(try error { _ = try store.finish() } == .missing(["a.weights"]))
    }

    @Test("line breaks in names from the file do not break the message")
    func namesOfSeveralLines() throws {
        let store = try store([ModelFiles.Weight("a\nb", [1], [1])])
        let kind = try error { _ = try store.finish() }
        #expect(kind == .unused(["a\nb"]))
    }

    @Test("another shape is an error with both shapes", arguments: [[2, 3], [4], [1, 2, 2], []])
    func wrongShape(shape: [Int]) throws {
        let store = try store(Self.weights)
        #expect(
            try error { _ = try store.root.tensor("a.weight", shape: shape) }
                == .wrongShape(name: "a.weight", found: [2, 2], expected: shape)
        )
    }

    @Test("taking a tensor twice is an error, whether it is there or not")
    func takenTwice() throws {
        let store = try store(Self.weights)
        for (name, shape) in [("a.bias", [2]), ("none", [1])] {
            _ = try store.root.tensor(name, shape: shape)
            #expect(
                try error { _ = try store.root.tensor(name, shape: shape) }
                    == .takenTwice(name: name)
            )
        }
    }

    @Test(
        "a tensor of integers or booleans is no weight",
        arguments: TensorElement.allCases
    )
    func notFloatingPoint(element: TensorElement) throws {
        let bytes = [UInt8](repeating: 0, count: 2 * element.byteCount)
        let store = try store([ModelFiles.Weight("a", element, [2], bytes: bytes)])
        if [.float64, .float32, .float16, .bfloat16].contains(element) {
            #expect(try store.root.tensor("a", shape: [2]).dtype == .float32)
        } else {
            #expect(
                try error { _ = try store.root.tensor("a", shape: [2]) }
                    == .notFloatingPoint(name: "a", found: element.rawValue)
            )
        }
    }

    @Test("16-bit files give float32 masters with the very same numbers")
    func halves() throws {
        // 1, −2.5 and 2⁻¹⁴, which all of the formats hold exactly.
        let numbers = [1, -2.5, 0x1p-14]
        let bfloat16: [UInt16] = [0x3F80, 0xC020, 0x3880]
        let float16: [UInt16] = [0x3C00, 0xC100, 0x0400]
        let float64 = numbers
        let store = try store([
            ModelFiles.Weight("b", .bfloat16, [3], bytes: bfloat16.withUnsafeBytes { Array($0) }),
            ModelFiles.Weight("h", .float16, [3], bytes: float16.withUnsafeBytes { Array($0) }),
            ModelFiles.Weight("d", .float64, [3], bytes: float64.withUnsafeBytes { Array($0) }),
        ])
        for name in ["b", "h", "d"] { _ = try store.root.tensor(name, shape: [3]) }
        for parameter in try store.finish() {
            #expect(parameter.master.dtype == .float32)
            #expect(parameter.master === parameter.value)
            #expect(try parameter.master.doubles() == numbers)
        }
    }

    @Test("trained in bfloat16, masters stay float32 and layers get rounded copies")
    func computeDType() throws {
        let store = try store(
            [ModelFiles.Weight("a", [2], [1, 1.001])],
            .init(dtype: .bfloat16)
        )
        let value = try store.root.tensor("a", shape: [2])
        let parameter = try store.finish()[0]
        #expect(value === parameter.value)
        #expect(value.dtype == .bfloat16)
        #expect(try value.doubles() == [1, 1])
        #expect(value.requiresGradient)
        #expect(try parameter.master.doubles() == [1, Double(Float(1.001))])
        #expect(!parameter.master.requiresGradient)
    }

    @Test("a trained weight has storage of its own, and the file stays as it is")
    func trainedIsCopied() throws {
        let store = try store(Self.weights)
        let before = try Data(contentsOf: folder.url.appending(path: "model.safetensors"))
        let weight = try store.root.tensor("b.weight", shape: [3])
        try withoutGradients { try weight.fillInPlace(0) }
        #expect(try weight.doubles() == [0, 0, 0])
        #expect(
            try Data(contentsOf: folder.url.appending(path: "model.safetensors")) == before
        )
    }

    @Test(
        "a frozen weight is the mapped file itself where its numbers are aligned, else a copy",
        arguments: [0, 4, 1, 2, 3, 7]
    )
    func frozen(headerShift: Int) throws {
        try ModelFiles(weights: Self.weights).write(to: folder, headerShift: headerShift)
        var checkpoint: SafetensorsCheckpoint? = try SafetensorsCheckpoint(folder.url)
        var weight: Tensor?
        do {
            let opened = try #require(checkpoint)
            let store = ParameterStore(opened, path: "here", options: .init(isTrained: false))
            let taken = try store.root.tensor("b.weight", shape: [3])
            let isView = try opened.withBytes(of: "b.weight") { file in
                try taken.withBytes { $0.baseAddress == file.baseAddress }
            }
            #expect(isView == (headerShift % 4 == 0))
            #expect(!taken.requiresGradient)
            weight = taken
        }
        // The tensor alone keeps the mapping.
        checkpoint = nil
        #expect(checkpoint == nil)
        #expect(try weight?.doubles() == [7, 8, 9])
    }

    @Test("a frozen weight of another dtype is converted to the one of the layers")
    func frozenConverted() throws {
        let store = try store(Self.weights, .init(dtype: .bfloat16, isTrained: false))
        let weight = try store.root.tensor("b.weight", shape: [3])
        #expect(weight.dtype == .bfloat16)
        #expect(try weight.doubles() == [7, 8, 9])
    }

    @Test("of two tied names either will do, or both with the same values")
    func tied() throws {
        let first = ModelFiles.Weight("first", [2], [1, 2])
        let second = ModelFiles.Weight("second", [2], [1, 2])
        for (weights, name) in [
            ([first], "first"), ([second], "second"), ([first, second], "first"),
        ] {
            let store = try store(weights)
            #expect(try store.tie("first", with: "second") == name)
            let taken = try store.take(name, shape: [2], savedName: "first")
            #expect(try taken.doubles() == [1, 2])
            #expect(try store.finish().map(\.name) == ["first"])
        }
        let neither = try store(Self.weights)
        #expect(try neither.tie("first", with: "second") == "first")
    }

    @Test("two tied tensors that differ in values, shape or dtype are an error")
    func tiedButDifferent() throws {
        let first = ModelFiles.Weight("first", [2], [1, 2])
        for second in [
            ModelFiles.Weight("second", [2], [1, 3]),
            ModelFiles.Weight("second", [1, 2], [1, 2]),
            ModelFiles.Weight("second", .int32, [2], bytes: first.bytes),
        ] {
            let store = try store([first, second])
            #expect(
                try error { _ = try store.tie("first", with: "second") }
                    == .tiedButDifferent("first", "second")
            )
        }
    }
}
