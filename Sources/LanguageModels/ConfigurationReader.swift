package import Foundation
package import OrderedJSON

/// Reads the keys of a config.json with their kinds and ranges checked.
package struct ConfigurationReader {
    let path: String
    /// Where this object lies in the file, as in "rope_parameters.".
    let prefix: String
    let object: JSONObject

    package init(contentsOf url: URL) throws {
        path = url.path
        prefix = ""
        let value = try JSONValue(contentsOf: url)
        guard let object = value.object else {
            throw ModelError(
                path: url.path,
                .configuration(key: "the file", found: value.kind, allowed: "an object is needed")
            )
        }
        self.object = object
    }

    init(path: String, prefix: String = "", object: JSONObject) {
        self.path = path
        self.prefix = prefix
        self.object = object
    }

    /// A value that is there and not null.
    package func value(_ key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// Whether a key is there, even as null.
    func has(_ key: String) -> Bool { object[key] != nil }

    /// Whether the object has no keys.
    var isEmpty: Bool { object.members.isEmpty }

    /// A positive integer; without a default the key is required.
    package func positive(_ key: String, default fallback: Int? = nil) throws -> Int {
        guard let value = value(key) else {
            if let fallback { return fallback }
            throw error(key, "missing", "a positive integer is needed")
        }
        guard let integer = value.integer, integer > 0, integer <= Int(Int32.max) else {
            throw error(key, value.text, "a positive integer is needed")
        }
        return integer
    }

    /// A positive number.
    package func positive(_ key: String, default fallback: Double) throws -> Double {
        guard let value = value(key) else { return fallback }
        guard let number = value.double, number > 0 else {
            throw error(key, value.text, "a positive number is needed")
        }
        return number
    }

    /// An integer from 0.
    func count(_ key: String, default fallback: Int) throws -> Int {
        guard let value = value(key) else { return fallback }
        guard let integer = value.integer, (0...Int(Int32.max)).contains(integer) else {
            throw error(key, "an integer from 0 is needed")
        }
        return integer
    }

    /// A number from 0.
    func number(_ key: String, default fallback: Double) throws -> Double {
        guard let value = value(key) else { return fallback }
        guard let number = value.double, number >= 0 else {
            throw error(key, "a number from 0 is needed")
        }
        return number
    }

    /// A number from 0 to below 1.
    func share(_ key: String, default fallback: Double) throws -> Double {
        let share = try number(key, default: fallback)
        try require(key, share < 1, "a number from 0 to below 1 is needed")
        return share
    }

    /// A list of integers from 0; empty where there is none.
    func counts(_ key: String) throws -> [Int] {
        guard let value = value(key) else { return [] }
        let integers = value.array?.compactMap(\.integer).filter { $0 >= 0 }
        guard let integers, integers.count == value.array?.count else {
            throw error(key, "a list of integers from 0 is needed")
        }
        return integers
    }

    /// A positive number that is required.
    func positiveNumber(_ key: String) throws -> Double {
        guard value(key) != nil else { throw error(key, "a positive number is needed") }
        return try positive(key, default: 0.0)
    }

    /// A list of positive numbers that is required.
    func positiveNumbers(_ key: String, count: Int) throws -> [Double] {
        let numbers = value(key)?.array?.compactMap(\.double).filter { $0 > 0 }
        guard let numbers, numbers.count == count, value(key)?.array?.count == count else {
            throw error(key, "a list of \(count) positive numbers is needed")
        }
        return numbers
    }

    /// A list of strings, or nil where there is none.
    func strings(_ key: String) throws -> [String]? {
        guard let value = value(key) else { return nil }
        let strings = value.array?.compactMap(\.string)
        guard let strings, strings.count == value.array?.count else {
            throw error(key, "a list of strings is needed")
        }
        return strings
    }

    package func bool(_ key: String, default fallback: Bool) throws -> Bool {
        guard let value = value(key) else { return fallback }
        guard let bool = value.bool else { throw error(key, value.text, "true or false is needed") }
        return bool
    }

    package func string(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let string = value.string else { throw error(key, value.text, "a string is needed") }
        return string
    }

    /// An object within this one, or nil where there is none.
    package func nested(_ key: String) throws -> ConfigurationReader? {
        guard let value = value(key) else { return nil }
        guard let object = value.object else {
            throw error(key, value.kind, "an object is needed")
        }
        return ConfigurationReader(path: path, prefix: "\(prefix)\(key).", object: object)
    }

    /// Refuses a key whose value is not the one that is supported.
    package func require(_ key: String, _ isAllowed: Bool, _ allowed: String) throws {
        guard !isAllowed else { return }
        throw error(key, allowed)
    }

    /// An error about the value of a key.
    func error(_ key: String, _ allowed: String) -> ModelError {
        error(key, object[key]?.text ?? "missing", allowed)
    }

    private func error(_ key: String, _ found: String, _ allowed: String) -> ModelError {
        // A value may be a whole object: what identifies it stands at its beginning.
        let limit = 120
        let isLong = found.unicodeScalars.count > limit
        let shown = isLong ? String(found.unicodeScalars.prefix(limit)) + "…" : found
        return ModelError(
            path: path,
            .configuration(key: prefix + key, found: shown, allowed: allowed)
        )
    }
}
