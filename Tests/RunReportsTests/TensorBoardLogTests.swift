import Files
import Foundation
import RunReports
import TestSupport
import Testing

@Suite("TensorBoardLog")
struct TensorBoardLogTests {
    let folder: TemporaryFolder
    var place: URL { folder.url.appending(path: "events", directoryHint: .isDirectory) }

    init() throws { folder = try TemporaryFolder() }

    @Test("records are framed with their length and masked CRC-32C")
    func framing() throws {
        let log = try TensorBoardLog(folder: place, clock: { 1_700_000_000.5 })
        // Event { wall_time (1, double) = 1700000000.5, file_version (3) = "brain.Event:2" }:
        // 1 + 8 + 1 + 1 + 13 = 24 bytes. The checksums are those of tensorboard's own masked_crc32c.
        let seconds = withUnsafeBytes(of: 1_700_000_000.5.bitPattern.littleEndian) { Array($0) }
        let event = [0x09] + seconds + [0x1A, 13] + Array("brain.Event:2".utf8)
        let bytes = Array(try Data(contentsOf: log.url))
        #expect(bytes.count == 8 + 4 + 24 + 4)
        #expect(Array(bytes[..<8]) == [24, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[8..<12]) == [0xA3, 0x7F, 0x4B, 0x22])
        #expect(Array(bytes[12..<36]) == event)
        #expect(Array(bytes[36...]) == [0x2B, 0x35, 0x31, 0x10])
    }

    @Test("two runs of the same second have files of their own")
    func names() throws {
        let first = try TensorBoardLog(folder: place, clock: { 5 })
        let second = try TensorBoardLog(folder: place, clock: { 5 })
        #expect(first.url.lastPathComponent == "events.out.tfevents.5.000.penchant")
        #expect(second.url.lastPathComponent == "events.out.tfevents.5.001.penchant")
    }

    @Test("a folder that cannot be made is one clear line")
    func unwritable() throws {
        let file = try folder.write("file", "")
        #expect(throws: FileError.self) {
            try TensorBoardLog(folder: file.appending(path: "events"))
        }
    }

    @Test(
        "the tensorboard package reads back what was written, across a resumption",
        .enabled(if: TensorBoard.isPresent, "needs Tools/tensorboard, which make test runs")
    )
    func readBack() throws {
        var time = 100.0
        let clock = { time }
        let first = try TensorBoardLog(folder: place, clock: clock)
        for step in 1...4 {
            time += 1
            try first.append(
                step: step,
                [("loss", .number(1 / Double(step))), ("num_tokens", .integer(1000 * step))]
            )
        }
        // Training goes on after step 2, and steps 3 and 4 come out otherwise.
        let second = try TensorBoardLog(folder: place, resumingAfter: 2, clock: clock)
        for step in 3...5 {
            time += 1
            try second.append(
                step: step,
                [("loss", .number(Double(step))), ("größe", .number(.nan))]
            )
        }
        let read = try TensorBoard.scalars(place)
        #expect(
            read["loss"] == [
                [1, 1, 101], [2, 0.5, 102], [3, 3, 105], [4, 4, 106], [5, 5, 107],
            ]
        )
        #expect(read["num_tokens"] == [[1, 1000, 101], [2, 2000, 102]])
        #expect(read["größe"]?.count == 3)
    }
}

/// The tensorboard package, where `Tools/tensorboard` has fetched it.
enum TensorBoard {
    private static let checkout = URL(fileURLWithPath: #filePath)
        .appending(path: "../../..").standardizedFileURL
    private static let package = checkout.appending(path: ".build/tensorboard")

    static var isPresent: Bool {
        FileManager.default.fileExists(atPath: package.appending(path: ".complete").path)
    }

    /// Scalars by tag: steps, values and times.
    static func scalars(_ folder: URL) throws -> [String: [[Double]]] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = checkout.appending(path: "Tools/read_events.py")
        process.arguments = ["python3", script.path, folder.path]
        process.environment = ProcessInfo.processInfo.environment
            .merging(["PYTHONPATH": package.path]) { _, new in new }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        // Python writes NaN, which JSON does not have.
        let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "NaN", with: "0")
        return try JSONDecoder().decode([String: [[Double]]].self, from: Data(text.utf8))
    }
}
