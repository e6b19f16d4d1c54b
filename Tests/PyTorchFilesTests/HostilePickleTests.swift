import Foundation
import Safetensors
import Testing

@testable import PyTorchFiles

/// Pickles that nobody means well with.
struct HostilePickleTests {
    @Test("the pickle of these tests is read where nothing is wrong with it")
    func sound() {
        #expect(
            fault(pickle: Pickle.dictionary { $0.tensor([2, 3], strides: [3, 1], count: 6) }) == nil
        )
    }

    @Test(
        "what a pickle would call is refused by its name, and nothing is called",
        arguments: [
            ("cposix\nsystem\nX\u{4}\0\0\0true\u{85}R", "posix.system"),
            ("cbuiltins\neval\n", "builtins.eval"),
            ("ctorch\nload\n", "torch.load"),
            ("ctorch._utils\n_rebuild_tensor_v3\n", "torch._utils._rebuild_tensor_v3"),
            ("ctorch.nn.modules.linear\nLinear\n", "torch.nn.modules.linear.Linear"),
            ("ctorch\nfloat32.__class__\n", "torch.float32.__class__"),
            ("(ios\nsystem\n", "os.system"),
            ("X\u{2}\0\0\0osX\u{6}\0\0\0system\u{93}", "os.system"),
            ("Pevil\n", "a persistent id evil"),
            ("ccollections\nOrderedDict\n)\u{81}", "an instance of a class"),
            ("(ccollections\nOrderedDict\no", "an instance of a class"),
            ("\u{82}\u{1}", "an object of copyreg's extension registry"),
            ("ccollections\nOrderedDict\n](K\u{1}K\u{2}tae\u{85}R", nil),
            ("ccollections\nOrderedDict\n]\u{85}R", "an OrderedDict made of a list"),
            ("X\u{1}\0\0\0a)R", "a call of a string"),
            ("ctorch\nfloat16\n)R", "a call of a dtype or storage"),
            ("ctorch\nFloatStorage\n)R", "a call of a dtype or storage"),
            ("]}b", "a state set on a list"),
            ("ctorch\nSize\n}b", "a state set on a class or function"),
            ("X\u{1}\0\0\0aQ", "a persistent id of another form"),
            ("X\u{1}\0\0\0a\u{85}Q", "a persistent id of another form"),
        ] as [(String, String?)]
    )
    func foreign(code: String, name: String?) {
        let pickle = Pickle.dictionary { pickle in
            // Instructions above 0x7F are one byte each, not UTF-8.
            pickle.add(code.unicodeScalars.map { UInt8($0.value) })
        }
        let found = fault(pickle: pickle)
        if let name {
            #expect(found == .foreign(name))
        } else {
            guard case .pickleDamaged = found else {
                Issue.record("\(String(describing: found))")
                return
            }
        }
    }

    @Test(
        "instructions without their operands are damage, not a trap",
        arguments: [
            "", "0", "1", "t", "R", "b", "s", "u", "a", "e", "q", "h\u{1}", "j\0\0\0\u{7F}", "Q",
            "X", "X\u{FF}\u{FF}\u{FF}\u{FF}",
            "\u{8D}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{7F}",
            "\u{8D}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}", "\u{8E}\u{FF}", "B\u{FF}",
            "C\u{5}",
            "K", "M\0", "J\0\0", "\u{8A}\u{9}", "G\0", "c", "cos\n", "\u{93}", "NN\u{93}",
            "\u{80}\u{9}",
            "}NNNu", "}(Nu", "Na", "N(Ne", "(0", "N(0", "\u{85}", "N\u{86}", "\u{95}\0", "\u{FF}",
            "\0",
            "(((", "ctorch\nSize\n)R.", "ctorch._utils\n_rebuild_parameter\n)R.",
            "ctorch._utils\n_rebuild_tensor_v2\n)R.",
            "ctorch._utils\n_rebuild_tensor_v2\n(NK\0)))NtR.",
        ]
    )
    func operands(code: String) {
        let pickle = [0x80, 2] + code.unicodeScalars.map { UInt8($0.value) }
        guard case .pickleDamaged(let offset) = fault(pickle: pickle) else {
            Issue.record("\(String(describing: fault(pickle: pickle)))")
            return
        }
        #expect((0...pickle.count).contains(offset))
    }

    @Test(
        "places and sizes that lead out of the storage are refused",
        arguments: [
            ([2, 3], [3, 1], 1, .outsideStorage), ([2, 3], [4, 1], 0, .outsideStorage),
            ([7], [1], 0, .outsideStorage), ([], [], 6, .outsideStorage),
            ([1], [1], -1, .outsideStorage), ([-1], [1], 0, .outsideStorage),
            ([2], [-1], 3, .outsideStorage), ([2], [.max], 0, .outsideStorage),
            ([.max, .max], [.max, .max], 0, .outsideStorage),
            ([2, 2], [.max - 1, 2], 0, .outsideStorage), ([1], [1], .max, .outsideStorage),
            ([.max, .max], [0, 0], 0, .tooLarge), ([1 << 40], [0], 0, .tooLarge),
            ([1000, 1000], [0, 0], 0, .tooLarge),
        ] as [([Int], [Int], Int, PyTorchFileError.TensorFault)]
    )
    func places(shape: [Int], strides: [Int], offset: Int, expected: PyTorchFileError.TensorFault) {
        let pickle = Pickle.dictionary {
            $0.tensor(shape, strides: strides, offset: offset, count: 6)
        }
        #expect(fault(pickle: pickle) == .tensor("w", expected))
    }

    @Test("an empty tensor may have any offset and strides, and one of size 1 any stride")
    func harmless() throws {
        for (shape, strides, offset) in [
            ([0, 3], [3, 1], Int.max), ([0], [-1], 0), ([1, 1, 3], [.max, .max, 2], 1),
        ] {
            let file = HandmadeZip(
                pickle: Pickle.dictionary {
                    $0.tensor(shape, strides: strides, offset: offset, count: 6)
                },
                storage: (0..<24).map { $0 / 4 }
            )
            let bytes = file.bytes
            try bytes.withUnsafeBytes { bytes in
                let tensor = try PyTorchContents(bytes, key: nil).tensors[0]
                let gathered = tensor.bytes(in: bytes, owner: Owner())
                let found = withExtendedLifetime(gathered.owner) { Array(gathered.bytes) }
                // Elements 1, 3 and 5 of the storage.
                #expect(found == (shape.contains(0) ? [] : [1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5]))
            }
        }
    }

    private final class Owner {}

    @Test("a storage must be there, have its size and a type")
    func storages() {
        func kind(_ body: (inout Pickle) -> Void) -> PyTorchFileError.Kind? {
            fault(pickle: Pickle.dictionary(body))
        }
        #expect(
            kind { $0.tensor([1], strides: [1], count: 6, key: "1") }
                == .tensor("w", .noStorage("a/data/1"))
        )
        #expect(
            kind { $0.tensor([1], strides: [1], count: 6, key: "../data.pkl") }
                == .tensor("w", .noStorage("a/data/../data.pkl"))
        )
        for count in [5, 7, 0] {
            #expect(
                kind { $0.tensor([1], strides: [1], count: count) }
                    == .tensor("w", .storageSize(expected: 4 * count, found: 24))
            )
        }
        #expect(
            kind { $0.tensor([1], strides: [1], count: .max) }
                == .tensor("w", .storageSize(expected: .max, found: 24))
        )
        #expect(
            kind {
                $0.tensor(
                    [1],
                    strides: [1],
                    count: 24,
                    storageClass: "torch.storage\nUntypedStorage"
                )
            }
                == .tensor("w", .untyped)
        )
        #expect(
            kind {
                $0.tensor([1], strides: [1], count: 6, storageClass: "torch\nComplexFloatStorage")
            }
                == .foreign("torch.ComplexFloatStorage")
        )
    }

    @Test("a checkpoint must hold a dictionary with tensors")
    func roots() {
        #expect(fault(pickle: [0x80, 2] + Array("].".utf8)) == .notADictionary(found: "a list"))
        #expect(fault(pickle: [0x80, 2] + Array("N.".utf8)) == .notADictionary(found: "None"))
        #expect(fault(pickle: [0x80, 2] + Array("}.".utf8)) == .noStateDictionary(keys: []))
        let error = PyTorchFileError(path: "x", .noStateDictionary(keys: []))
        #expect(error.description == "x: it holds no tensors")
    }

    @Test("a name that stands twice is refused")
    func twice() {
        var pickle = Pickle()
        pickle.add("}(")
        for _ in 0..<2 {
            pickle.text("w")
            pickle.tensor([1], strides: [1], count: 6)
        }
        pickle.add("u.")
        #expect(fault(pickle: pickle.bytes) == .tensor("w", .twice))
    }

    @Test("a dictionary that holds itself, and one that doubles at every level, end soon")
    func recursion() {
        // {"model": d} with d = {"w": tensor, "d": d}
        var cycle = Pickle()
        cycle.add("}")
        cycle.text("model")
        cycle.add("}q\0(")
        cycle.text("w")
        cycle.tensor([1], strides: [1], count: 6)
        cycle.text("d")
        cycle.add("h\0us.")
        #expect(fault(pickle: cycle.bytes) == .tooLarge)

        // 31 levels, each holding the one before under two keys.
        var doubled = Pickle()
        doubled.add("}q\0")
        doubled.text("w")
        doubled.tensor([1], strides: [1], count: 6)
        doubled.add("s")
        for level in 0..<31 as Range<UInt8> {
            doubled.add("}q")
            doubled.add([level + 1])
            for key in ["a", "b"] {
                doubled.text(key)
                doubled.add("h")
                doubled.add([level])
                doubled.add("s")
            }
        }
        doubled.add("}")
        doubled.text("model")
        doubled.add("h\u{1F}s.")
        #expect(fault(pickle: doubled.bytes) == .tooLarge)
    }

    @Test(
        "lists, tuples and marks nested without end are read or refused without running out of stack"
    )
    func depth() {
        let many = 200_000
        for code in ["]", "}", "(", ")", "N\u{85}", "]q\0"] {
            let scalars = code.unicodeScalars.map { UInt8($0.value) }
            let pickle = [0x80, 2] + Array(repeatElement(scalars, count: many).joined()) + [0x2E]
            #expect(fault(pickle: pickle) != nil)
        }
        // ]]]]…aaaa: each list in the one before.
        let nested =
            [0x80, 2] + [UInt8](repeating: 0x5D, count: many)
            + [UInt8](repeating: 0x61, count: many - 1)
        #expect(fault(pickle: nested + [0x2E]) == .notADictionary(found: "a list"))
    }

    @Test("a pickle without end is refused before it takes much memory")
    func length() {
        let long = [UInt8](repeating: 0x4E, count: PickleReader.longest + 1)
        #expect(fault(pickle: long) == .pickleTooLong(byteCount: long.count))
        // Instructions count too: each may take memory.
        let instructions = [0x80, 2] + [UInt8](repeating: 0x5D, count: 100) + [0x2E]
        instructions.withUnsafeBytes { bytes in
            #expect(throws: PyTorchFileError.Kind.pickleTooLong(byteCount: 103)) {
                try PickleReader.read(bytes, mostInstructions: 101)
            }
            #expect(throws: Never.self) { try PickleReader.read(bytes, mostInstructions: 102) }
        }
    }

    @Test("the state that an OrderedDict carries is passed over")
    func metadata() {
        let pickle = Pickle.dictionary { $0.tensor([1], strides: [1], count: 6) }.dropLast()
        var state = Pickle(bytes: Array(pickle))
        state.add("}")
        state.text("_metadata")
        state.add("ccollections\nOrderedDict\n)Rsb.")
        #expect(fault(pickle: state.bytes) == nil)
    }
}
