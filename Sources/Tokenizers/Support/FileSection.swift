import OrderedJSON

/// A part of a JSON file together with its place, so that errors can name both.
struct FileSection {
    let path: String
    let key: String
    let value: JSONValue

    /// The value as JSON, cut where it is long, for messages.
    var found: String {
        let text = value.text
        return text.count > 60 ? "\(text.prefix(60))…" : text
    }

    func error(_ problem: String) -> TokenizerError {
        TokenizerError(path: path, key: key, problem: problem)
    }

    /// What is wrong with the value of a key in this section.
    func error(at name: String, _ problem: String) -> TokenizerError {
        TokenizerError(path: path, key: self.key(of: name), problem: problem)
    }

    /// The value of a key, or nil where it is missing or null.
    func section(_ name: String) throws -> FileSection? {
        guard case .object(let object) = value else {
            throw error("an object is expected, found \(value.kind)")
        }
        guard let member = object[name], !member.isNull else { return nil }
        return FileSection(path: path, key: key(of: name), value: member)
    }

    func requiredSection(_ name: String) throws -> FileSection {
        guard let section = try section(name) else {
            throw error(at: name, "missing")
        }
        return section
    }

    /// The elements of the list that this section is.
    func elements() throws -> [FileSection] {
        guard case .array(let elements) = value else {
            throw error("a list is expected, found \(value.kind)")
        }
        return elements.enumerated().map {
            FileSection(path: path, key: "\(key)[\($0.offset)]", value: $0.element)
        }
    }

    func string() throws -> String {
        guard case .string(let string) = value else {
            throw error("a string is expected, found \(value.kind)")
        }
        return string
    }

    func bool() throws -> Bool {
        guard case .bool(let bool) = value else {
            throw error("true or false is expected, found \(value.kind)")
        }
        return bool
    }

    /// A number of things: an integer from 0.
    func count() throws -> Int {
        guard case .integer(let integer) = value, integer >= 0 else {
            throw error("an integer from 0 is expected, found \(found)")
        }
        return integer
    }

    func double() throws -> Double {
        guard let double = value.double else {
            throw error("a number is expected, found \(value.kind)")
        }
        return double
    }

    /// A token's id.
    func tokenID() throws -> Int32 {
        guard case .integer(let integer) = value, let id = Vocabulary.id(integer) else {
            throw error(
                "a token id from 0 to \(Vocabulary.largestID) is expected, found \(found)"
            )
        }
        return id
    }

    func string(_ name: String) throws -> String { try requiredSection(name).string() }
    func optionalString(_ name: String) throws -> String? { try section(name)?.string() }
    func bool(_ name: String) throws -> Bool { try requiredSection(name).bool() }
    func bool(_ name: String, default value: Bool) throws -> Bool {
        try section(name)?.bool() ?? value
    }
    func count(_ name: String) throws -> Int { try requiredSection(name).count() }
    func elements(_ name: String) throws -> [FileSection] {
        try requiredSection(name).elements()
    }

    /// The one Unicode scalar that the string under a key consists of.
    func scalar(_ name: String) throws -> Unicode.Scalar {
        let section = try requiredSection(name)
        let scalars = try section.string().unicodeScalars
        guard scalars.count == 1, let scalar = scalars.first else {
            throw section.error("one character is expected, found \(section.value.text)")
        }
        return scalar
    }

    private func key(of name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }
}
