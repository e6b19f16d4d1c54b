import Files
import OrderedJSON
import PyTorchFiles
import Safetensors

extension ModelFolder {
    /// The SHA-256, in hexadecimal, of what the model computes with: configuration and weights,
    /// whatever files these lie in.
    ///
    /// Reads all weights once.
    ///
    /// - Throws: `SafetensorsError`, `PyTorchFileError` or `FileError`.
    package func fingerprint() throws -> String {
        let weights = try ModelWeights.open(url)
        var hash = SHA256()
        hash.update(JSONValue.object(configuration.object).text + "\n")
        for entry in weights.entries.sorted(by: { $0.name < $1.name }) {
            hash.update("\(entry.name) \(entry.element.rawValue) \(entry.shape)\n")
            try weights.withBytes(of: entry.name) { hash.update($0) }
        }
        return hash.digest().hexadecimal
    }
}
