import TestSupport
import Testing
import Torch

@Suite("Looking for the first number that is not finite")
struct NumberInspectionTests {
    private func leaf(_ elements: [Double]) throws -> Tensor {
        let tensor = try Tensor(elements, shape: [elements.count, 1])
        try tensor.setRequiresGradient(true)
        return tensor
    }

    /// Two modules, the second of which gives `factor` times what goes in.
    private func run(_ x: Tensor, factor: Double) throws -> Tensor {
        let y = try NumberInspection.module("first", x) { try $0 * 2 }
        return try NumberInspection.module("outer", y) { y in
            try NumberInspection.module("inner", y) { try $0 * factor }
        }
    }

    @Test("what goes in and comes out is looked at in order, forward and backward")
    func order() throws {
        let search = NumberInspection()
        let x = try leaf([1, -3])
        try search.watch { try run(x, factor: 5).sum().backward() }
        let names = search.looks.map { "\($0.part) \($0.module)" }
        #expect(
            names == [
                "input first", "output first", "input outer", "input inner", "output inner",
                "output outer",
                "outputGradient outer", "outputGradient inner", "inputGradient inner",
                "inputGradient outer", "outputGradient first", "inputGradient first",
            ]
        )
        // 3, 6, 6, 6, 30, 30 on the way in; 1, 1, 5, 5, 5, 10 on the way back.
        #expect(search.looks.map(\.largest) == [3, 6, 6, 6, 30, 30, 1, 1, 5, 5, 5, 10])
        #expect(search.looks.allSatisfy { $0.count == 2 && $0.notFiniteCount == 0 })
        #expect(search.finding == nil)
        // Looking changes nothing: dx = 2 · 5.
        #expect(try x.gradient?.elements(as: Double.self) == [10, 10])
    }

    @Test("the search ends at the first place, which names the row", arguments: [1e308, .nan])
    func forward(factor: Double) throws {
        let search = NumberInspection()
        try search.watch {
            NumberInspection.nameRows { row, count in "row \(row) of \(count)" }
            try NumberInspection.prefixed("reference ") {
                try run(leaf([0.1, 0, 7]), factor: factor).sum().backward()
            }
        }
        let finding = try #require(search.finding)
        #expect(finding.module == "reference inner")
        #expect(finding.part == .output)
        #expect(search.looks.last == finding)
        #expect(finding.count == 3)
        // 0.2e308 and 0 are finite, 14e308 is not; NaN times anything is NaN.
        #expect(finding.notFiniteCount == (factor.isNaN ? 3 : 1))
        #expect(finding.row == (factor.isNaN ? "row 0 of 3" : "row 2 of 3"))
    }

    @Test("a backward that goes wrong is found where it does, though the forward is finite")
    func backward() throws {
        let search = NumberInspection()
        let x = try leaf([4, 0])
        try search.watch {
            // √x at 0 has no finite slope.
            let y = try NumberInspection.module("root", x) { try $0.squareRoot() }
            try NumberInspection.module("after", y) { try $0 * 3 }.sum().backward()
        }
        let finding = try #require(search.finding)
        #expect(finding.module == "root")
        #expect(finding.part == .inputGradient)
        #expect(finding.notFiniteCount == 1)
    }

    @Test("numbers and weights can be looked at too, and nobody looks where none watches")
    func others() throws {
        let search = NumberInspection()
        try search.watch {
            try NumberInspection.look(at: Tensor([1.0, -2]), "weight", .weightGradient)
            NumberInspection.look(at: [0, .infinity], "losses", .output) { "pair \($0)" }
            NumberInspection.look(at: [.nan], "later", .output) { "pair \($0)" }
        }
        #expect(search.looks.map(\.module) == ["weight", "losses"])
        #expect(search.finding?.row == "pair 1")
        let idle = NumberInspection()
        NumberInspection.look(at: [.nan], "nobody", .output) { "pair \($0)" }
        _ = try run(leaf([1]), factor: .nan)
        #expect(idle.looks.isEmpty)
    }
}
