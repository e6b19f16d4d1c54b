import Foundation

/// Penchant as a library: `LibraryExample MODEL PREFERENCES OUTPUT`.
///
/// It uses what any package may use that depends on Penchant, and nothing else.
@main
enum LibraryExample {
    static func main() {
        let paths = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
        guard paths.count == 3 else {
            FileHandle.standardError.write(
                Data("usage: LibraryExample MODEL PREFERENCES OUTPUT\n".utf8)
            )
            exit(EX_USAGE)
        }
        do {
            try train(paths[0], on: paths[1], to: paths[2])
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(EX_DATAERR)
        }
    }
}
