import ChatTemplates
import Testing

/// The filter `tojson`.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct JSONTextTests {
    @Test("tojson come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("tojson: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ d|tojson }}", "{\"a\": 1, \"b\": {\"c\": \"x\"}}"),
        Rendered("{{ l|tojson }}", "[1, 2, 3]"),
        Rendered(
            "{{ 'é<>&\\'\"\\n\\u2028\\x00\\x1f\\x7f\\\\/'|tojson }}",
            "\"é<>&'\\\"\\n\u{2028}\\u0000\\u001f\u{7F}\\\\/\""
        ),
        Rendered(
            "{{ d|tojson(indent=2) }}",
            "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": \"x\"\n  }\n}"
        ),
        Rendered("{{ []|tojson(indent=2) }}", "[]"),
        Rendered("{{ {'a':1}|tojson(indent=0) }}", "{\n\"a\": 1\n}"),
        Rendered("{{ {'a':[1]}|tojson(indent='--') }}", "{\n--\"a\": [\n----1\n--]\n}"),
        Rendered("{{ {'b':1,'a':2}|tojson(sort_keys=true) }}", "{\"a\": 2, \"b\": 1}"),
        Rendered("{{ {'a':1}|tojson(separators=(',',':')) }}", "{\"a\":1}"),
        Rendered(
            "{{ {'a':[1,2]}|tojson(indent=1, separators=(';','=')) }}",
            "{\n \"a\"=[\n  1;\n  2\n ]\n}"
        ),
        Rendered("{{ 'é😀\\x7f'|tojson(ensure_ascii=true) }}", "\"\\u00e9\\ud83d\\ude00\\u007f\""),
        Rendered("{{ 1.0|tojson }}", "1.0"),
        Rendered("{{ 1e20|tojson }}", "1e+20"),
        Rendered("{{ 1e-7|tojson }}", "1e-07"),
        Rendered("{{ ('inf'|float)|tojson }}", "Infinity"),
        Rendered("{{ ('nan'|float)|tojson }}", "NaN"),
        Rendered("{{ true|tojson }}", "true"),
        Rendered("{{ none|tojson }}", "null"),
        Rendered("{{ (1,2)|tojson }}", "[1, 2]"),
        Rendered("{{ {1:2,none:3,true:4,1.5:6}|tojson }}", "{\"1\": 4, \"null\": 3, \"1.5\": 6}"),
        Rendered("{{ l|tojson|safe }}", "[1, 2, 3]"),
        Rendered("{{ (l|tojson) + '<' }}", "[1, 2, 3]<"),
        Rendered("{{ 'a'|tojson|upper }}", "\"A\""),
        Rendered("{{ d|tojson(true) }}", "{\"a\": 1, \"b\": {\"c\": \"x\"}}"),
        Rendered("{{ {'é':1}|tojson(true) }}", "{\"\\u00e9\": 1}"),
        Rendered(
            "{{ d|tojson(false, 2) }}",
            "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": \"x\"\n  }\n}"
        ),
    ]

    static let refused: [Refused] = [
        Refused(
            "{{ {'a':[1,{'b':[]}],'c':{}}",
            .syntax,
            1,
            29,
            "unexpected end of template, expected 'end of print statement'."
        ),
        Refused(
            "{{ {(1,2):3}|tojson }}",
            .runtime,
            1,
            14,
            "keys must be str, int, float, bool or None, not tuple"
        ),
        Refused(
            "{{ range(3)|tojson }}",
            .runtime,
            1,
            13,
            "Object of type range is not JSON serializable"
        ),
        Refused(
            "{{ d.keys()|tojson }}",
            .runtime,
            1,
            13,
            "Object of type dict_keys is not JSON serializable"
        ),
        Refused(
            "{{ namespace()|tojson }}",
            .runtime,
            1,
            16,
            "Object of type TemplateNamespace is not JSON serializable"
        ),
        Refused(
            "{{ (l|map('string'))|tojson }}",
            .runtime,
            1,
            22,
            "Object of type generator is not JSON serializable"
        ),
    ]
}
