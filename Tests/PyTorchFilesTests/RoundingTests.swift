import Foundation
import TestSupport
import Testing

@testable import Safetensors

/// Numbers of one type as another, against PyTorch's (Tools/make_golden_checkpoints.py).
struct RoundingTests {
    private static let elements: [TensorElement] = [.float64, .float32, .float16, .bfloat16]

    @Test(
        "every number becomes what PyTorch makes of it, bit for bit; a NaN some NaN",
        arguments: elements,
        elements
    )
    func golden(source: TensorElement, result: TensorElement) throws {
        let file = try SafetensorsFile(Fixtures.checkpoint("rounding.safetensors"))
        let from = try file.withBytes(of: "source.\(source.rawValue)") { Array($0) }
        let expected =
            source == result
            ? from
            : try file.withBytes(of: "result.\(source.rawValue).\(result.rawValue)") { Array($0) }
        let count = from.count / source.byteCount
        let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer { floats.deallocate() }
        from.withUnsafeBytes { source.decode($0, into: floats) }
        var found = [UInt8](repeating: 0, count: expected.count)
        found.withUnsafeMutableBytes { result.encode(UnsafeBufferPointer(floats), into: $0) }
        // Through float32 doubles do not come back to what they were.
        guard source != .float64 || result != .float64 else { return }
        let size = result.byteCount
        var finite = 0
        for index in 0..<count {
            let place = index * size..<(index + 1) * size
            let isNaN = Self.isNaN(Array(expected[place]), result)
            if isNaN {
                #expect(Self.isNaN(Array(found[place]), result), "\(index)")
            } else {
                finite += 1
                #expect(found[place] == expected[place], "\(index)")
            }
        }
        #expect(finite > count / 2)
    }

    private static func isNaN(_ bytes: [UInt8], _ element: TensorElement) -> Bool {
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch element {
        case .float64: Double(bitPattern: bits).isNaN
        case .float32: Float(bitPattern: UInt32(bits)).isNaN
        case .float16: bits & 0x7FFF > 0x7C00
        default: bits & 0x7FFF > 0x7F80
        }
    }

    @Test("NaNs become the plain quiet one of their sign")
    func notANumber() {
        let values = [Float.nan, Float(bitPattern: 0xFF80_0001), Float(bitPattern: 0x7FFF_FFFF)]
        for (element, quiet) in [(TensorElement.float16, 0x7E00), (.bfloat16, 0x7FC0)] {
            var bits = [UInt16](repeating: 0, count: 3)
            values.withUnsafeBufferPointer { values in
                bits.withUnsafeMutableBytes { element.encode(values, into: $0) }
            }
            #expect(bits.map(Int.init) == [quiet, quiet | 0x8000, quiet])
        }
    }

    @Test("numbers that are not finite are counted, whatever their sign and address")
    func nonFinite() {
        let floats: [Float] = [1, .nan, -.infinity, .greatestFiniteMagnitude, -0, .infinity]
        #expect(floats.withUnsafeBytes { TensorElement.float32.nonFiniteCount($0) } == 3)
        let shifted = [0] + floats.withUnsafeBytes { Array($0) }
        #expect(
            shifted.withUnsafeBytes {
                TensorElement.float32.nonFiniteCount(UnsafeRawBufferPointer(rebasing: $0[1...]))
            } == 3
        )
        let doubles = floats.map { Double($0) }
        #expect(doubles.withUnsafeBytes { TensorElement.float64.nonFiniteCount($0) } == 3)
        let halves: [UInt16] = [0x7BFF, 0x7C00, 0xFC00, 0x7E01, 0]
        #expect(halves.withUnsafeBytes { TensorElement.float16.nonFiniteCount($0) } == 3)
        // As bfloat16 all of these are finite but none else.
        #expect(halves.withUnsafeBytes { TensorElement.bfloat16.nonFiniteCount($0) } == 0)
        let brains: [UInt16] = [0x7F7F, 0x7F80, 0xFF81, 0]
        #expect(brains.withUnsafeBytes { TensorElement.bfloat16.nonFiniteCount($0) } == 2)
        #expect(brains.withUnsafeBytes { TensorElement.int16.nonFiniteCount($0) } == 0)
    }
}
