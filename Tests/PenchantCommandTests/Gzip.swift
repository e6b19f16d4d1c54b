import CZlib
import Foundation

/// Compressed data, as users have them.
enum Gzip {
    struct Failure: Error {}

    static func compress(_ text: String, in place: Workplace) throws -> [UInt8] {
        let url = place.url.appending(path: "\(UUID().uuidString).gz")
        guard let file = gzopen(url.path, "wb") else { throw Failure() }
        let bytes = Array(text.utf8)
        let count = gzwrite(file, bytes, UInt32(bytes.count))
        guard gzclose(file) == Z_OK, Int(count) == bytes.count else { throw Failure() }
        return Array(try Data(contentsOf: url))
    }

    /// The first lines of a compressed file.
    static func lines(of url: URL, count: Int) throws -> [String] {
        guard let file = gzopen(url.path, "rb") else { throw Failure() }
        defer { gzclose(file) }
        // Longer than any line of the conformance data.
        var buffer = [CChar](repeating: 0, count: 1 << 18)
        return (0..<count).compactMap { _ in
            guard gzgets(file, &buffer, Int32(buffer.count)) != nil else { return nil }
            let bytes = buffer.prefix { $0 != 0 && $0 != 0x0A }.map(UInt8.init(bitPattern:))
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
