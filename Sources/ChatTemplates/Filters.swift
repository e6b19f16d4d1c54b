/// The filters that stand behind `|`.
///
/// Extensions hold them by subject; each is named as in Jinja, in camel case.
enum Filters {
    typealias Filter = @Sendable (Interpreter, Value, Arguments) throws -> Value

    static func named(_ name: String) -> Filter? { table[name] }

    private static let table: [String: Filter] = texts.merging(sequences) { $1 }
        .merging(others) { $1 }

    private static let texts: [String: Filter] = [
        "capitalize": capitalize,
        "center": center,
        "e": escape,
        "escape": escape,
        "forceescape": forceEscape,
        "format": format,
        "indent": indent,
        "lower": lower,
        "replace": replace,
        "safe": safe,
        "string": string,
        "striptags": stripTags,
        "title": title,
        "tojson": toJSON,
        "trim": trim,
        "truncate": truncate,
        "upper": upper,
        "urlencode": urlEncode,
        "urlize": notSupported("urlize"),
        "wordcount": wordCount,
        "wordwrap": wordWrap,
        "xmlattr": xmlAttributes,
    ]

    private static let sequences: [String: Filter] = [
        "batch": batch,
        "count": length,
        "dictsort": dictionarySort,
        "first": first,
        "groupby": groupBy,
        "items": items,
        "join": join,
        "last": last,
        "length": length,
        "list": list,
        "map": map,
        "max": maximum,
        "min": minimum,
        "random": notSupported("random"),
        "reject": reject,
        "rejectattr": rejectAttribute,
        "reverse": reverse,
        "select": select,
        "selectattr": selectAttribute,
        "slice": slice,
        "sort": sort,
        "sum": sum,
        "unique": unique,
    ]

    private static let others: [String: Filter] = [
        "abs": absolute,
        "attr": attribute,
        "d": standard,
        "default": standard,
        "filesizeformat": fileSize,
        "float": float,
        "int": integer,
        "pprint": prettyPrint,
        "round": round,
    ]

    /// A filter that Jinja has and chat templates have no use for.
    private static func notSupported(_ name: String) -> Filter {
        { _, _, _ in
            throw Failure.runtime("the filter '\(name)' is not supported in chat templates")
        }
    }
}
