import Foundation
import OrderedJSON
import PreferenceData

/// Where each input is put, for rows are read from files.
private let file = FileManager.default.temporaryDirectory
    .appending(path: "penchant-fuzz-\(ProcessInfo.processInfo.processIdentifier).jsonl")

/// An arbitrary file of rows, read in all forms and written in all.
///
/// That what is written says the same when it is read, `ExampleWriter` checks itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRows(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Data(bytes: start, count: count)
    guard (try? bytes.write(to: file)) != nil, var rows = try? RowReader([.path(file)]) else {
        return 0
    }
    do {
        while let row = try rows.next() {
            for format in [nil] + DataFormat.allCases.map(Optional.some) {
                do {
                    let example = try ExampleReader(format: format).example(row)
                    for target in DataFormat.allCases {
                        _ = try? ExampleWriter(format: target).rows(example)
                    }
                } catch {
                    // Most rows are not of most forms.
                }
            }
        }
    } catch {
        _ = "\(error)"
    }
    // Once more as the command does it, for the messages about rows.
    let conversion = DataConversion(reader: ExampleReader(), writer: ExampleWriter(format: .chat))
    do { _ = try conversion.run([.path(file)]) { _ in } } catch { _ = "\(error)" }
    return 0
}
