import Files
import Foundation
import OrderedJSON
import RunReports
import TestSupport
import Testing

@Suite("MetricsLog")
struct MetricsLogTests {
    let folder: TemporaryFolder
    var url: URL { folder.url.appending(path: "metrics.jsonl") }

    init() throws { folder = try TemporaryFolder() }

    func content() throws -> String { try String(contentsOf: url, encoding: .utf8) }

    @Test("a step is one line, its values in the order given, and there at once")
    func lines() throws {
        let log = try MetricsLog(url)
        #expect(try content() == "")
        try log.append(step: 1, [("loss", 0.6931471805599453), ("tokens", 1650), ("b", 1.0)])
        #expect(
            try content() == #"{"step":1,"loss":0.6931471805599453,"tokens":1650,"b":1.0}"# + "\n"
        )
        try log.append(step: 2, [("rewards/chosen", -1e-10)])
        try log.append(step: 3, [])
        #expect(
            try content().split(separator: "\n").dropFirst() == [
                #"{"step":2,"rewards/chosen":-1e-10}"#, #"{"step":3}"#,
            ]
        )
    }

    @Test("numbers that are not finite are written as words that can be seen")
    func nonFinite() throws {
        let log = try MetricsLog(url)
        try log.append(
            step: 1,
            [
                ("a", .number(.nan)), ("b", .number(.infinity)), ("c", .number(-.infinity)),
                ("d", .number(-.nan)),
            ]
        )
        #expect(
            try content() == #"{"step":1,"a":"NaN","b":"Infinity","c":"-Infinity","d":"NaN"}"#
                + "\n"
        )
    }

    @Test("a new run begins the file anew")
    func anew() throws {
        try MetricsLog(url).append(step: 9, [])
        try MetricsLog(url).append(step: 1, [])
        #expect(try content() == "{\"step\":1}\n")
    }

    @Test("a resumed run keeps what was before, byte by byte, and drops what it will write again")
    func resume() throws {
        let kept =
            "{\"step\":1, \"loss\": 0.50}\n{\"loss\":1,\"step\":2}\n{\"step\":2,\"eval\":1}\n"
        _ = try folder.write("metrics.jsonl", kept + "{\"step\":3}\n{\"step\":4,\"lo")
        let log = try MetricsLog(url, resumingAfter: 2)
        #expect(try content() == kept)
        try log.append(step: 3, [("loss", 1)])
        #expect(try content() == kept + "{\"step\":3,\"loss\":1}\n")
    }

    @Test("a resumed run without a log begins one")
    func resumeWithoutLog() throws {
        try MetricsLog(url, resumingAfter: 5).append(step: 6, [])
        #expect(try content() == "{\"step\":6}\n")
    }

    @Test("a damaged line with others after it is refused, and the file stays as it is")
    func damaged() throws {
        for bad in ["oops", "[1]", "{}", "{\"step\":1.5}", ""] {
            let text = "{\"step\":1}\n\(bad)\n{\"step\":3}\n"
            _ = try folder.write("metrics.jsonl", text)
            let error = #expect(throws: MetricsLogError.self) {
                try MetricsLog(url, resumingAfter: 9)
            }
            #expect(
                error?.description
                    == "\(url.path), line 2: a JSON object with an integer \"step\" is expected here"
            )
            #expect(try content() == text)
        }
    }

    @Test("damage behind the step that is resumed after, as a power cut leaves it, goes too")
    func tornTail() throws {
        let log = try MetricsLog(url)
        try log.append(step: 1, [("loss", 1)])
        try log.sync()
        let kept = try content()
        _ = try folder.write("metrics.jsonl", kept + "\0\0\0\n{\"step\":3}\n\0\0\n{\"step\":5}")
        _ = try MetricsLog(url, resumingAfter: 1)
        #expect(try content() == kept)
    }

    @Test("a folder that is not there is told by the file's path")
    func noFolder() {
        let url = folder.url.appending(path: "none/metrics.jsonl")
        let error = #expect(throws: FileError.self) { try MetricsLog(url) }
        #expect(error?.path == url.path)
    }
}
