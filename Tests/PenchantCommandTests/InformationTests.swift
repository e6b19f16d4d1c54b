import Testing

/// What the command says of itself.
@Suite struct InformationTests {
    @Test("doctor says what Penchant runs on and finds no problem")
    func doctor() async throws {
        let result = try await CommandRunner.run(["doctor"])
        #expect(result.status == 0, "\(result.output)")
        #expect(result.errors == "")
        let subjects = [
            "penchant ", "swift ", "libtorch ", "  found at ", "cpu capability ", "bfloat16 ",
            "threads ", "devices         cpu", "no problems found",
        ]
        #expect(result.outputLines.count == subjects.count)
        for (line, subject) in zip(result.outputLines, subjects) {
            #expect(line.hasPrefix(subject))
        }
    }

    @Test("the version is a number on standard output")
    func version() async throws {
        let result = try await CommandRunner.run(["--version"])
        #expect(result.status == 0)
        #expect(result.errors == "")
        let parts = result.output.dropLast().split(separator: ".")
        #expect(parts.count == 3)
        #expect(parts.allSatisfy { Int($0) != nil })
    }

    @Test(
        "help goes to standard output",
        arguments: [
            [], ["--help"], ["help"], ["help", "dpo"], ["dpo", "--help"], ["score", "-h"],
        ]
    )
    func help(arguments: [String]) async throws {
        let result = try await CommandRunner.run(arguments)
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.output.hasPrefix("OVERVIEW: "))
        let flag = arguments.contains("dpo") ? "--learning-rate" : "--help"
        #expect(result.output.contains(flag))
    }

    @Test("help lists only dtypes that layers can compute in")
    func dtypes() async throws {
        let help = try await CommandRunner.run(["help", "dpo"]).output
        #expect(help.contains("float32, bfloat16; default:"))
        #expect(!help.contains("int8"))
    }

    @Test("objectives are listed by the data they are for, each with a line")
    func objectives() async throws {
        let result = try await CommandRunner.run(["objectives"])
        #expect(result.status == 0 && result.errors == "")
        for start in [
            "pairs, with a reference", "  sigmoid ", "  simpo ", "  kto ", "  all_pairs ",
        ] {
            #expect(result.outputLines.contains { $0.hasPrefix(start) }, "\(start)")
        }
    }

    @Test("an objective is explained with formula, parameters, source and a plot")
    func objective() async throws {
        for (locale, dot) in [("C", "*"), ("en_US.UTF-8", "\u{28C0}")] {
            let result = try await CommandRunner.run(
                ["objectives", "cdpo"],
                environment: ["LC_ALL": locale]
            )
            #expect(result.status == 0 && result.errors == "")
            for part in [
                "−(1−ε)·log σ(β·h)", "--label-smoothing: at least 0 and below 0.5 (default 0.1)",
                "Mitchell", "older TRL", "its slope", dot, "--divergence",
            ] {
                #expect(result.output.contains(part), "\(part)")
            }
        }
        let kto = try await CommandRunner.run(["objectives", "kto"])
        #expect(kto.output.contains("an unwanted answer against its log-ratio"))
        let unknown = try await CommandRunner.run(["objectives", "dpo"])
        #expect(unknown.status == 64)
        #expect(unknown.errors.contains("--loss is dpo; one of sigmoid, cdpo"))
    }
}
