import Foundation
import OrderedJSON
import TestSupport
import Testing

/// The command is killed, finds the disk full, or may not write: what it leaves is whole, and
/// `--resume` goes on to the end of the run that nothing happened to.
@Suite struct FaultTests {
    let place: Workplace
    let data: URL

    init() throws {
        place = try Workplace()
        data = try place.data()
    }

    private func arguments(_ run: URL, _ more: [String]) -> [String] {
        [
            "dpo", "--model", place.model.path, "--data", data.path, "--output", run.path,
            "--max-length", "64", "--learning-rate", "0.003", "--batch-size", "2",
            "--max-steps", "120", "--sync-reference", "soft", "--sync-steps", "7",
            "--checkpoint-every", "1", "--threads", "1",
        ] + more
    }

    /// Runs the command with as many steps as the whole run, or goes on with it.
    private func train(
        _ run: URL,
        _ more: [String] = [],
        environment: [String: String] = [:],
        launcher: [String] = [],
        whileRunning: (Int32) -> Void = { _ in }
    ) async throws -> CommandResult {
        let command = [CommandRunner.executable.path] + arguments(run, more)
        return try await CommandRunner.run(
            Array((launcher + command).dropFirst()),
            program: URL(fileURLWithPath: (launcher + command)[0]),
            environment: environment,
            whileRunning: whileRunning
        )
    }

    /// The names of a run's checkpoints, all of which have to be whole.
    private func checkpoints(_ run: URL) throws -> [String] {
        let folder = run.appending(path: "checkpoints")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let visible = names.filter { !$0.hasPrefix(".") }.sorted()
        for name in visible {
            let checkpoint = folder.appending(path: name)
            let manifest = try JSONValue(contentsOf: checkpoint.appending(path: "manifest.json"))
            for file in try #require(manifest["files"]?.array) {
                let path = checkpoint.appending(path: try #require(file["path"]?.string)).path
                let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
                #expect(size == file["byteCount"]?.integer, "\(name)/\(path)")
            }
        }
        return visible
    }

    /// Checks that a run is the one that nothing happened to.
    private func expectSame(_ run: URL, _ whole: URL) throws {
        let weights = "model/model.safetensors"
        #expect(
            try Data(contentsOf: run.appending(path: weights))
                == Data(contentsOf: whole.appending(path: weights))
        )
        #expect(
            try place.metrics(in: run).map(\.lasting)
                == place.metrics(in: whole).map(\.lasting)
        )
    }

    @Test("killed at fifty random moments, inside saves and between them, nothing is ever half")
    func kills() async throws {
        let (run, whole) = (place.run, place.url.appending(path: "whole"))
        #expect(try await train(whole).status == 0)
        var random = SplitMix(state: 20)
        var (killed, inSaves, newest) = (0, 0, "")
        while killed < 50 {
            let found = try checkpoints(run)
            // What was whole stays: the newest is never older than it was.
            #expect(found.last ?? "" >= newest)
            newest = found.last ?? ""
            try #require(newest < "step-000120", "the run has come to its end")
            // Half of them die at a place between two changes on the disk, the others at any time.
            let isFault = killed.isMultiple(of: 2)
            let delay = Double(random.next() % 1000) / 2000
            let start = ContinuousClock.now
            let result = try await train(
                run,
                [newest == "" ? "--overwrite" : "--resume"],
                environment: isFault ? ["PENCHANT_FAULT": "\(1 + random.next() % 250)"] : [:]
            ) { process in
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                if !isFault, seconds > 0.2 + delay { kill(process, SIGKILL) }
            }
            // 137 is SIGKILL's.
            #expect(result.status == 137, "\(result.errors)")
            #expect(!result.errors.contains("not whole"), "\(result.errors)")
            killed += 1
            let hidden = try? FileManager.default.contentsOfDirectory(
                atPath: run.appending(path: "checkpoints").path
            )
            if hidden?.contains(where: { $0.hasPrefix(".step-") }) == true { inSaves += 1 }
        }
        // The moments were such as the test is about.
        #expect(inSaves >= 10)
        #expect(newest > "step-000005")
        #expect(try await train(run, ["--resume"]).status == 0)
        try expectSame(run, whole)
        #expect(try checkpoints(run) == ["step-000119", "step-000120"])
        let left = try FileManager.default.contentsOfDirectory(
            atPath: run.appending(path: "checkpoints").path
        )
        #expect(left.count == 2)
    }

    /// A file system of a few hundred kilobytes, where the system lets us make one.
    private final class SmallDisk {
        let url: URL

        init?(_ url: URL, kilobytes: Int) throws {
            self.url = url
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let options = "size=\(kilobytes)k"
            guard geteuid() == 0,
                Self.run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", url.path])
            else { return nil }
        }

        deinit { _ = Self.run("umount", ["-l", url.path]) }

        func grow() -> Bool { Self.run("mount", ["-o", "remount,size=20m", url.path]) }

        private static func run(_ name: String, _ arguments: [String]) -> Bool {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [name] + arguments
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
    }

    @Test("where the disk is full the run ends with one line, and what was whole stays so")
    func fullDisk() async throws {
        let whole = place.url.appending(path: "whole")
        #expect(try await train(whole).status == 0)
        let size = try FileManager.default.subpathsOfDirectory(
            atPath: whole.appending(path: "checkpoints/step-000120").path
        ).reduce(0) { sum, path in
            let file = whole.appending(path: "checkpoints/step-000120/\(path)").path
            return sum
                + (try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0)
        }
        // Room for two and a half.
        guard
            let disk = try SmallDisk(
                place.url.appending(path: "disk"),
                kilobytes: 5 * size / 2048
            )
        else { return }
        let run = disk.url.appending(path: "run")
        let result = try await train(run)
        expectRefusal(result, status: 65, saying: ["No space left on device"])
        #expect(try checkpoints(run).count >= 1)
        let again = try await train(run, ["--resume"])
        expectRefusal(again, status: 65, saying: ["No space left on device"])
        #expect(disk.grow())
        #expect(try await train(run, ["--resume"]).status == 0)
        try expectSame(run, whole)
    }

    @Test("where a file may not grow the run ends with one line, and nothing half is left")
    func fileLimit() async throws {
        // Less than the optimizer's file of this model has, in blocks of 1024 bytes.
        let result = try await train(
            place.run,
            launcher: ["/bin/bash", "-c", "ulimit -f 60; exec \"$0\" \"$@\""]
        )
        expectRefusal(result, status: 65, saying: ["optimizer.safetensors", "File too large"])
        #expect(try checkpoints(place.run).isEmpty)
    }

    @Test("where checkpoints cannot be written the run ends with one line, and can go on later")
    func readOnly() async throws {
        let whole = place.url.appending(path: "whole")
        #expect(try await train(whole).status == 0)
        let run = place.run
        let first = try await train(run, environment: ["PENCHANT_FAULT": "1500"])
        #expect(first.status == 137, "\(first.errors)")
        let before = try checkpoints(run)
        let folder = run.appending(path: "checkpoints").path
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)
        // To root all is open.
        let nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if geteuid() == 0 {
            guard FileManager.default.isExecutableFile(atPath: nobody[0]) else { return }
            for path in [place.url.path, run.path] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o777],
                    ofItemAtPath: path
                )
            }
        }
        let result = try await train(
            run,
            ["--resume", "--data-cache", "none"],
            environment: ["TMPDIR": place.url.path],
            launcher: geteuid() == 0 ? nobody : []
        )
        expectRefusal(result, status: 65, saying: ["Permission denied"])
        #expect(try checkpoints(run) == before)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        #expect(try await train(run, ["--resume"]).status == 0)
        try expectSame(run, whole)
    }
}

/// The generator SplitMix64.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
