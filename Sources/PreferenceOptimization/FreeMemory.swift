import Foundation

/// The memory that is left on this machine.
package enum FreeMemory {
    /// How many bytes a program can have that begins now; nil where the system does not tell.
    ///
    /// On Linux what is available without swapping, and swap; in a container no more than its limit
    /// leaves. Files that the system keeps in memory count as free.
    package static var byteCount: Int? {
        let machine = text("/proc/meminfo").flatMap { text in
            sum(of: ["MemAvailable:", "SwapFree:"], in: text).map { $0 * 1024 }
        }
        return [machine, container].compactMap(\.self).min()
    }

    /// What the limit of a control group (version 2) leaves.
    private static var container: Int? {
        let folder = "/sys/fs/cgroup/"
        guard let limit = text(folder + "memory.max").flatMap({ Int($0) }),
            let used = text(folder + "memory.current").flatMap({ Int($0) })
        else { return nil }
        let files = text(folder + "memory.stat").flatMap {
            sum(of: ["active_file", "inactive_file"], in: $0)
        }
        return max(0, limit - used + (files ?? 0))
    }

    /// The sum of the numbers behind words that begin a line; nil where none does.
    private static func sum(of words: [String], in text: String) -> Int? {
        let numbers = text.split(separator: "\n").compactMap { line -> Int? in
            let parts = line.split(separator: " ")
            guard parts.count > 1, words.contains(String(parts[0])) else { return nil }
            return Int(parts[1])
        }
        return numbers.isEmpty ? nil : numbers.reduce(0, +)
    }

    private static func text(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
