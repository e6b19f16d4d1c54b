import OrderedJSON

/// Reads the `model` section of a tokenizer.json.
enum Models {
    static let names = ["BPE", "Unigram", "WordLevel", "WordPiece"]

    static func load(_ section: FileSection) throws -> any TokenModel {
        let type = try section.optionalString("type") ?? untaggedType(section)
        switch type {
        case "BPE": return try BytePairModel(section)
        case "Unigram": return try UnigramModel(section)
        case "WordPiece": return try WordPieceModel(section)
        case "WordLevel": return try WordLevelModel(section)
        default:
            let names = names.map { "\"\($0)\"" }.joined(separator: ", ")
            throw section.error(at: "type", "\"\(type)\" is not one of \(names)")
        }
    }

    /// Older files do not say which model they hold; its keys do.
    private static func untaggedType(_ section: FileSection) throws -> String {
        if try section.section("merges") != nil { return "BPE" }
        if try section.section("vocab")?.value.array != nil { return "Unigram" }
        if try section.section("max_input_chars_per_word") != nil { return "WordPiece" }
        return "WordLevel"
    }

    /// The tokens of an object `{"token": id, …}`.
    static func vocabulary(_ section: FileSection) throws -> Vocabulary {
        guard case .object(let object) = section.value else {
            throw section.error(
                "an object of tokens and ids is expected, found \(section.value.kind)"
            )
        }
        var vocabulary = Vocabulary(capacity: object.members.count)
        for (token, value) in object.members {
            guard case .integer(let integer) = value, let id = Vocabulary.id(integer) else {
                throw section.error(
                    "the id of \"\(token)\" is \(value.text), "
                        + "allowed are 0 to \(Vocabulary.largestID)"
                )
            }
            vocabulary.insert(token, id: id)
        }
        return vocabulary
    }
}
