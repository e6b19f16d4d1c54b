import OrderedJSON

/// Columns of a row, with their kinds checked.
extension JSONObject {
    /// A value; nil where the column is missing or null.
    func column(_ key: String) -> JSONValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    /// Whether a column has a value.
    func has(_ key: String) -> Bool { column(key) != nil }

    /// The first of some columns that has a value.
    func first(of keys: [String]) -> String? { keys.first(where: has) }

    /// A value that must be there.
    func required(_ key: String) throws(DataError.Reason) -> JSONValue {
        guard let value = self[key] else { throw .missingKey(key) }
        return value
    }

    /// A text that must be there.
    func text(_ key: String) throws(DataError.Reason) -> String {
        let value = try required(key)
        guard let text = value.string else {
            throw .wrongType(key: key, found: value.kind, expected: "a string")
        }
        return text
    }

    /// A text that need not be there; nil where it is empty.
    func optionalText(_ key: String) throws(DataError.Reason) -> String? {
        guard has(key) else { return nil }
        let text = try text(key)
        return text.isEmpty ? nil : text
    }

    /// A finite number that need not be there.
    func number(_ key: String) throws(DataError.Reason) -> Double? {
        guard let value = column(key) else { return nil }
        guard let number = value.double, number.isFinite else {
            throw .wrongType(key: key, found: value.kind, expected: "a number")
        }
        return number
    }

    /// A list that need not be there.
    func list(_ key: String) throws(DataError.Reason) -> [JSONValue]? {
        guard let value = column(key) else { return nil }
        guard let list = value.array else {
            throw .wrongType(key: key, found: value.kind, expected: "a list")
        }
        return list
    }

    /// What a chat template gets as tools: a list, or the JSON text of one; nil where it is empty.
    func tools(_ key: String = "tools") throws(DataError.Reason) -> [JSONValue]? {
        guard let value = column(key) else { return nil }
        var tools = value.array
        if let text = value.string {
            if text.isBlank { return nil }
            tools = (try? JSONValue(parsing: text))?.array
        }
        guard let tools else {
            let found = value.string == nil ? value.kind : "a string that is no JSON list"
            throw .wrongType(key: key, found: found, expected: "a list of tools, or its JSON text")
        }
        return tools.isEmpty ? nil : tools
    }
}

extension String {
    /// Whether there is nothing but white space.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
