import Foundation
import OrderedJSON
import TestSupport
import Testing

/// Conversations by the command, through pipes and on a terminal.
@Suite struct ChatTests {
    private func place() throws -> Workplace {
        var tiny = TinyModel()
        var configuration = try #require(tiny.tokenizerConfiguration.object)
        configuration["chat_template"] =
            "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
        tiny.tokenizerConfiguration = .object(configuration)
        return try Workplace(tiny)
    }

    private func chat(_ place: Workplace, _ more: String..., input: String) async throws
        -> CommandResult
    {
        let result = try await CommandRunner.run(
            ["chat", "--model", place.model.path, "--max-new-tokens", "5"] + more,
            input: input
        )
        #expect(result.status == 0, "\(result.errors)")
        return result
    }

    /// The answers of one run to messages, each on lines of its own.
    private func answer(_ place: Workplace, _ messages: String...) async throws -> String {
        try await chat(place, input: messages.joined(separator: "\n")).output
    }

    @Test("an answer depends on all before it, and /reset and /system begin anew")
    func conversation() async throws {
        let place = try place()
        let once = try await answer(place, "Hi")
        let twice = try await answer(place, "Hi", "Hi")
        #expect(twice.hasPrefix(once))
        #expect(twice != once + once)
        #expect(try await answer(place, "Hi", "/reset", "Hi") == once + once)
        let system = try await answer(place, "/system Be kind", "Hi")
        #expect(system != once)
        #expect(try await answer(place, "Hi", "/system Be kind", "Hi") == once + system)
        #expect(try await chat(place, "--system", "Be kind", input: "Hi").output == system)
        #expect(try await answer(place, "/system Be kind", "/system", "Hi") == once)
        #expect(try await answer(place, "", "/quit", "Hi") == "")
    }

    @Test("beside answers stand how many tokens came a second, and help for what is no command")
    func notes() async throws {
        let place = try place()
        let result = try await chat(place, input: "Hi\n/help\n/nonsense")
        #expect(result.errors.contains("[5 tokens, "))
        #expect(result.errors.contains(" tokens/s, cut at the limit]\n"))
        #expect(result.errors.contains("there is no /nonsense\n"))
        #expect(result.errors.components(separatedBy: "/reset        begin anew").count == 3)
    }

    @Test("two models answer one below the other")
    func against() async throws {
        let place = try place()
        let other = place.url.appending(path: "other", directoryHint: .isDirectory)
        var tiny = TinyModel(seed: 9)
        tiny.tokenizerConfiguration = ["chat_template": "{{ messages[0].content }}"]
        try tiny.write(to: other)
        let result = try await chat(place, "--against", other.path, input: "Hi")
        let first = try await answer(place, "Hi")
        #expect(result.output.hasPrefix("tiny:\n" + first + "other:\n"))
        #expect(result.errors.components(separatedBy: "tokens/s").count == 3)
    }

    @Test("a model without a chat template cannot be talked with")
    func noTemplate() async throws {
        let place = try Workplace()
        let result = try await CommandRunner.run(
            ["chat", "--model", place.model.path],
            input: "Hi"
        )
        #expect(result.status == 65)
        #expect(result.errors.contains("there is no chat template"))
    }

    /// Types keys on a terminal and gives back what it showed, when the command has ended.
    ///
    /// - Parameter interrupting: whether Control-C is sent in the midst of the first answer.
    private func type(
        _ keys: [String],
        _ arguments: [String],
        columns: Int = 80,
        interrupting: Bool = false
    ) async throws -> (shown: String, status: Int32) {
        var (controller, other): (Int32, Int32) = (-1, -1)
        try #require(openpty(&controller, &other, nil, nil, nil) == 0)
        let terminal = FileHandle(fileDescriptor: other, closeOnDealloc: true)
        let process = Process()
        process.executableURL = CommandRunner.executable
        process.arguments = ["chat", "--max-new-tokens", "5"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["OMP_NUM_THREADS": "1", "TERM": "xterm", "COLUMNS": "\(columns)"]
        ) { $1 }
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        try process.run()
        _ = fcntl(controller, F_SETFL, O_NONBLOCK)
        var shown: [UInt8] = []
        var waiting = keys[...]
        var interrupting = interrupting
        let end = ContinuousClock.now + .seconds(300)
        while process.isRunning, ContinuousClock.now < end {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(controller, &buffer, buffer.count)
            if count > 0 { shown += buffer[..<count] }
            // An empty line waits for keys.
            let text = String(decoding: shown, as: UTF8.self)
            if text.hasSuffix("\r> \u{1B}[K\r\u{1B}[2C"), let next = waiting.popFirst() {
                shown += Array("|".utf8)
                _ = next.withCString { write(controller, $0, strlen($0)) }
            }
            let answer = text.split(separator: "|", omittingEmptySubsequences: false).last
            if interrupting, waiting.count < keys.count, answer?.count ?? 0 > 100 {
                kill(process.processIdentifier, SIGINT)
                interrupting = false
            }
            // Not by a task's sleep, which other tests may make long.
            usleep(5000)
        }
        // Not `waitUntilExit`, which may wait for ever on a thread of the cooperative pool.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(controller, &buffer, buffer.count)
        if count > 0 { shown += buffer[..<count] }
        close(controller)
        return (String(decoding: shown, as: UTF8.self), process.terminationStatus)
    }

    @Test("a line can be edited with the keys of terminals, and called up again")
    func editing() async throws {
        let place = try place()
        let model = ["--model", place.model.path]
        // "Hi" in several ways, then Control-D.
        let plain = try await type(["Hi\r", "\u{04}"], model)
        #expect(plain.status == 0)
        let answer = try #require(plain.shown.components(separatedBy: "\r\n").dropFirst(2).first)
        #expect(try await self.answer(place, "Hi").hasPrefix(answer))
        let edited = [
            // i, home, H, end, x, backspace.
            "i\u{1B}[HH\u{1B}[Fx\u{7F}\r",
            // Hxi, left twice, delete.
            "Hxi\u{1B}[D\u{1B}[D\u{1B}[3~\r",
            // Hié, backspace of two bytes; up and down without earlier lines.
            "Hié\u{08}\u{1B}[A\u{1B}[B\r",
            // Control-A, Control-F, Control-K.
            "HiXY\u{01}\u{06}\u{06}\u{0B}\r",
        ]
        for keys in edited {
            let shown = try await type([keys, "/quit\r"], model).shown
            #expect(shown.contains("\r\n\(answer)\r\n"), "\(shown)")
        }
        let again = try await type(["Hi\r", "/reset\r", "\u{1B}[A\u{1B}[A\r", "\u{04}"], model)
        #expect(again.shown.components(separatedBy: "\r\n\(answer)\r\n").count == 3)
    }

    @Test("Control-C twice ends, and once does not")
    func interrupts() async throws {
        let place = try place()
        let model = ["--model", place.model.path]
        let twice = try await type(["\u{03}", "\u{03}", "Hi\r"], model)
        #expect(twice.status == 0)
        #expect(twice.shown.contains("Control-C again or Control-D ends"))
        #expect(!twice.shown.contains("tokens/s"))
        let between = try await type(["\u{03}", "Hi\r", "\u{03}", "\u{04}"], model)
        #expect(between.shown.contains("tokens/s"))
        #expect(between.status == 0)
    }

    @Test("Control-C stops an answer, and the conversation goes on")
    func stop() async throws {
        let place = try place()
        let endless = ["--model", place.model.path, "--max-new-tokens", "100000"]
        let result = try await type(["Hi\r", "/reset\r", "\u{04}"], endless, interrupting: true)
        #expect(result.status == 0)
        #expect(result.shown.contains(" tokens/s, stopped]"))
    }

    @Test("on a terminal, a message that the template refuses does not end the conversation")
    func refused() async throws {
        var tiny = TinyModel()
        tiny.tokenizerConfiguration = [
            "chat_template": """
            {% if messages[0].role == "system" %}{{ raise_exception("no system") }}{% endif %}\
            {{ messages[-1].content }}
            """
        ]
        let place = try Workplace(tiny)
        let keys = ["/system Be kind\r", "Hi\r", "/system\r", "Hi\r", "\u{04}"]
        let onTerminal = try await type(keys, ["--model", place.model.path])
        #expect(onTerminal.status == 0)
        #expect(onTerminal.shown.contains("penchant: error: "))
        #expect(onTerminal.shown.contains("no system"))
        #expect(onTerminal.shown.components(separatedBy: "tokens/s").count == 2)
        let piped = try await CommandRunner.run(
            ["chat", "--model", place.model.path, "--system", "Be kind"],
            input: "Hi"
        )
        expectRefusal(piped, status: 65, saying: ["no system"])
    }

    @Test("on a wide terminal two answers stand beside each other")
    func columns() async throws {
        let place = try place()
        let models = ["--model", place.model.path, "--against", place.model.path]
        let shown = try await type(["Hi\r", "\u{04}"], models, columns: 120).shown
        let rows = shown.components(separatedBy: "\r\n").filter { $0.contains("│") }
        let sides = rows.map { row in
            row.components(separatedBy: " │ ").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(sides.allSatisfy { $0.count == 2 })
        #expect(sides.first?[0].hasSuffix("tiny") == true)
        #expect(sides.first?[1] == "tiny")
        // The same model says the same; the last line tells how fast.
        #expect(sides.dropFirst().dropLast().allSatisfy { $0[0] == $0[1] && $0[0] != "tiny" })
        #expect(sides.last?.allSatisfy { $0.hasPrefix("[5 tokens, ") } == true)
    }
}
