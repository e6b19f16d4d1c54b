extension PostProcessor {
    static let names = [
        "BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing",
    ]

    /// The post-processor of a section of the file.
    init(_ section: FileSection) throws {
        let type = try section.string("type")
        switch type {
        case "ByteLevel":
            _ = try section.bool("add_prefix_space")
            _ = try section.bool("trim_offsets")
            self = .unchanged
        case "Sequence":
            self = .sequence(try section.elements("processors").map { try PostProcessor($0) })
        case "TemplateProcessing":
            self = .template(try Template(section))
        case "BertProcessing", "RobertaProcessing":
            let isRoberta = type == "RobertaProcessing"
            if isRoberta {
                _ = try section.bool("trim_offsets")
                _ = try section.bool("add_prefix_space")
            }
            self = .around(
                first: try Self.tokenAndID(section.requiredSection("cls")),
                last: try Self.tokenAndID(section.requiredSection("sep")),
                separatesPairsTwice: isRoberta
            )
        default:
            let names = Self.names.map { "\"\($0)\"" }.joined(separator: ", ")
            throw section.error(at: "type", "\"\(type)\" is not one of \(names)")
        }
    }

    /// The id in a list like `["</s>", 2]`.
    private static func tokenAndID(_ section: FileSection) throws -> Int32 {
        let elements = try section.elements()
        guard elements.count == 2 else {
            throw section.error("a token and its id are expected, found \(section.found)")
        }
        _ = try elements[0].string()
        return try elements[1].tokenID()
    }
}

extension PostProcessor.Template {
    init(_ section: FileSection) throws {
        let specials = try section.requiredSection("special_tokens")
        single = try Self.pieces(section.elements("single"), specials)
        pair = try Self.pieces(section.elements("pair"), specials)
        if let piece = single.firstIndex(where: { if case .second = $0 { true } else { false } }) {
            throw section.error(
                at: "single[\(piece)]",
                "the template for one text asks for a second one, \"B\""
            )
        }
    }

    private static func pieces(
        _ elements: [FileSection],
        _ specials: FileSection
    ) throws -> [Piece] {
        try elements.map { element in
            if let sequence = try element.section("Sequence") {
                switch try sequence.string("id") {
                case "A": return .first
                case "B": return .second
                case let other:
                    throw sequence.error(at: "id", "\"\(other)\" is not one of \"A\", \"B\"")
                }
            }
            guard let special = try element.section("SpecialToken") else {
                throw element.error("{\"Sequence\": …} or {\"SpecialToken\": …} is expected")
            }
            let name = try special.string("id")
            guard let token = try specials.section(name) else {
                throw special.error(at: "id", "\"\(name)\" is not one of special_tokens")
            }
            return .special(try token.elements("ids").map { try $0.tokenID() })
        }
    }
}
