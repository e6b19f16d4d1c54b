import Foundation
import OrderedJSON
import TestSupport
import Testing

/// Continuations and answers by the command.
@Suite struct GenerateTests {
    private func generate(
        _ place: Workplace,
        _ arguments: String...,
        input: String = ""
    ) async throws -> CommandResult {
        try await CommandRunner.run(
            ["generate", "--model", place.model.path, "--max-new-tokens", "6"] + arguments,
            input: input
        )
    }

    private func rows(_ result: CommandResult) throws -> [JSONObject] {
        #expect(result.status == 0, "\(result.errors)")
        return try result.outputLines.map {
            try #require(JSONValue(parsing: Array($0.utf8)).object)
        }
    }

    private func place(template: String? = "{{ messages[-1].content }}!") throws -> Workplace {
        var tiny = TinyModel()
        if let template {
            var configuration = try #require(tiny.tokenizerConfiguration.object)
            configuration["chat_template"] = .string(template)
            tiny.tokenizerConfiguration = .object(configuration)
        }
        return try Workplace(tiny)
    }

    @Test(
        "a line for each prompt in order, the same alone and in batches, from a file and standard input"
    )
    func lines() async throws {
        let place = try place()
        let prompts = ["Is 1 a number?", "a", " yes, the", "no, no, no, nothing"]
        let input = prompts.map { JSONValue.object(JSONObject([("prompt", .string($0))])).text }
        let file = try place.data(input, name: "prompts.jsonl")
        let first = try await generate(place, input: input.joined(separator: "\n\n"))
        let rows = try rows(first)
        #expect(rows.map { $0["prompt"]?.string } == prompts)
        for row in rows {
            #expect(row.members.map(\.0) == ["prompt", "completion", "tokens", "finish_reason"])
            #expect(row["tokens"]?.array?.count == 6)
            #expect(row["finish_reason"] == "length")
        }
        #expect(first.errors.contains("4 answers, 24 tokens, "))
        let second = try await generate(
            place,
            "--prompts",
            file.path,
            "--batch-size",
            "1"
        )
        #expect(second.output == first.output)
        let alone = try await generate(place, "--prompt", prompts[2])
        #expect(alone.output == first.outputLines[2] + "\n")
        let streamed = try await generate(place, "--prompt", prompts[2], "--stream")
        #expect(streamed.output == (rows[2]["completion"]?.string ?? "") + "\n")
    }

    @Test("messages are answered by the chat template, which goes before --chat for a prompt")
    func messages() async throws {
        let place = try place()
        let conversation = #"{"messages":[{"role":"user","content":"Hi"}]}"#
        let answered = try rows(try await generate(place, input: conversation))
        #expect(answered[0]["messages"]?.text == #"[{"role":"user","content":"Hi"}]"#)
        let rendered = try rows(try await generate(place, "--prompt", "Hi!"))
        let chat = try rows(try await generate(place, "--prompt", "Hi", "--chat"))
        let plain = try rows(try await generate(place, "--prompt", "Hi"))
        #expect(answered[0]["tokens"] == rendered[0]["tokens"])
        #expect(chat[0]["tokens"] == rendered[0]["tokens"])
        #expect(plain[0]["tokens"] != rendered[0]["tokens"])
    }

    @Test("samples of a prompt differ, and a seed gives the same ones again")
    func samples() async throws {
        let place = try place()
        let arguments = ["--prompt", "Is", "--samples", "3", "--temperature", "2", "--seed", "5"]
        func run(_ more: String...) async throws -> CommandResult {
            try await CommandRunner.run(
                ["generate", "--model", place.model.path, "--max-new-tokens", "6"] + arguments
                    + more
            )
        }
        let first = try await run()
        let rows = try rows(first)
        #expect(rows.map { $0["sample"]?.integer } == [0, 1, 2])
        #expect(Set(rows.map { $0["tokens"]?.text }).count == 3)
        #expect(try await run("--batch-size", "1").output == first.output)
        #expect(try await run("--seed", "6").output != first.output)
    }

    @Test("a text of --stop ends an answer, and the folder's generation_config.json holds")
    func ends() async throws {
        let place = try place()
        let usual = try rows(try await generate(place, "--prompt", "Is"))[0]
        let tokens = try #require(usual["tokens"]?.array)
        let text = try #require(usual["completion"]?.string)
        let last = try #require(text.last)
        let stopped = try rows(
            try await generate(place, "--prompt", "Is", "--stop", String(last))
        )[0]
        #expect(stopped["finish_reason"] == "stop")
        #expect(stopped["completion"]?.string == String(text.prefix { $0 != last }))
        let ends: JSONValue = ["eos_token_id": [9999, tokens[0]], "num_beams": 4]
        try Data(ends.text.utf8).write(to: place.model.appending(path: "generation_config.json"))
        let result = try await generate(place, "--prompt", "Is")
        #expect(try rows(result)[0]["finish_reason"] == "eos")
        #expect(try rows(result)[0]["tokens"]?.array?.count == 1)
        #expect(result.errors.contains("generation_config.json: not followed are num_beams\n"))
    }

    static let badLines: [(line: String, words: [String])] = [
        ("{}", [#"standard input:1: "prompt" (a string) or "messages""#]),
        (#"{"prompt": 3}"#, [#""prompt" is a number"#]),
        (#"{"prompt": "a", "messages": []}"#, ["one of them"]),
        (#"{"messages": []}"#, ["standard input:1", "empty conversation"]),
        (#"{"messages": [3]}"#, [#""messages""#, "a list of objects"]),
        (#"{"prompt": ""}"#, ["prompt 1 has no tokens"]),
        ("[", ["standard input:1: not JSON"]),
    ]

    @Test("a line that cannot be used is named", arguments: badLines)
    func badLine(line: String, words: [String]) async throws {
        expectRefusal(try await generate(place(), input: line), status: 65, saying: words)
    }

    @Test("a file of prompts is named, and messages need a template")
    func files() async throws {
        let place = try place(template: nil)
        let file = try place.data([#"{"prompt": "a"}"#, "3"], name: "prompts.jsonl")
        expectRefusal(
            try await generate(place, "--prompts", file.path),
            status: 65,
            saying: ["prompts.jsonl:2: an object is needed"]
        )
        expectRefusal(
            try await generate(place, "--prompts", file.path + ".none"),
            status: 65,
            saying: ["prompts.jsonl.none", "No such file"]
        )
        expectRefusal(
            try await generate(place, "--prompt", "a", "--chat"),
            status: 65,
            saying: ["there is no chat template"]
        )
    }

    static let badSettings: [(arguments: [String], words: [String])] = [
        (["--temperature=-1"], ["--temperature is -1.0"]),
        (["--top-k", "0"], ["--top-k is 0"]), (["--top-p", "2"], ["--top-p is 2.0"]),
        (["--min-p", "nan"], ["--min-p is nan"]),
        (["--repetition-penalty", "0"], ["--repetition-penalty is 0.0"]),
        (["--batch-size", "0"], ["--batch-size is 0"]), (["--samples", "0"], ["--samples is 0"]),
        (["--samples", "2"], ["--samples is 2, but the most probable", "--temperature above 0"]),
        (["--stop", ""], ["--stop is an empty text"]), (["--stream"], ["--stream", "--prompt"]),
        (["--max-new-tokens", "0"], ["--max-new-tokens is 0"]),
        (["--prompt", "a", "--prompts", "b"], ["--prompt or --prompts"]),
    ]

    @Test("a setting that cannot be used is named", arguments: badSettings)
    func badSetting(arguments: [String], words: [String]) async throws {
        let place = try place()
        let result = try await CommandRunner.run(
            ["generate", "--model", place.model.path] + arguments
        )
        expectRefusal(result, status: 64, saying: words)
    }
}
