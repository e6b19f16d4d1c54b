import ChatTemplates
import Testing

/// Literals and how Python prints them.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct LiteralTests {
    @Test("literals come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("literals: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ 'a' 'b' \"c\" }}", "abc"),
        Rendered("{{ 'it\\'s' }}", "it's"),
        Rendered("{{ \"\\n\\t\\\\\\x41\\u00e9\\101\\q\" }}", "\n\t\\AéA\\q"),
        Rendered("{{ 'é' }}", "é"),
        Rendered("{{ 'é'|length }}", "1"),
        Rendered("{{ 1_000 }}", "1000"),
        Rendered("{{ 0x1F }}", "31"),
        Rendered("{{ 0b101 }}", "5"),
        Rendered("{{ 0o17 }}", "15"),
        Rendered("{{ 00 }}", "0"),
        Rendered("{{ 1.5 }}", "1.5"),
        Rendered("{{ 1e3 }}", "1000.0"),
        Rendered("{{ 1.0 }}", "1.0"),
        Rendered("{{ 2.5e-7 }}", "2.5e-07"),
        Rendered("{{ 1e16 }}", "1e+16"),
        Rendered("{{ 1e15 }}", "1000000000000000.0"),
        Rendered("{{ 123456789012345678.0 }}", "1.2345678901234568e+17"),
        Rendered("{{ 0.0001 }}", "0.0001"),
        Rendered("{{ 0.00001 }}", "1e-05"),
        Rendered("{{ 1e22 }}", "1e+22"),
        Rendered("{{ 1.7976931348623157e308 }}", "1.7976931348623157e+308"),
        Rendered("{{ 5e-324 }}", "5e-324"),
        Rendered("{{ true }}", "True"),
        Rendered("{{ True }}", "True"),
        Rendered("{{ none }}", "None"),
        Rendered("{{ None }}", "None"),
        Rendered("{{ false }}", "False"),
        Rendered("{{ [] }}", "[]"),
        Rendered("{{ () }}", "()"),
        Rendered("{{ {} }}", "{}"),
        Rendered("{{ (1,) }}", "(1,)"),
        Rendered("{{ (1,2) }}", "(1, 2)"),
        Rendered("{{ 1, 2 }}", "(1, 2)"),
        Rendered("{{ [1,'a',none,2.0,true] }}", "[1, 'a', None, 2.0, True]"),
        Rendered(
            "{{ {'a': 1, 2: 'b', none: [1], (1,2): {}} }}",
            "{'a': 1, 2: 'b', None: [1], (1, 2): {}}"
        ),
        Rendered("{{ {1: 'a', 1.0: 'b', true: 'c'} }}", "{1: 'c'}"),
        Rendered(
            """
            {{ ['it\\'s', 'q"', 'both\\'"', 'n\\n', '\\x00\\x7f\\u200b', 'é', '\\u\
            2028', '\\\\'] }}
            """,
            """
            ["it's", 'q"', 'both\\'"', 'n\\n', '\\x00\\x7f\\u200b', 'é', '\\u202\
            8', '\\\\']
            """
        ),
        Rendered("{{ 'a\\\nb' }}", "ab"),
        Rendered("{{ 0.1 + 0.2 }}", "0.30000000000000004"),
        Rendered("{{ 1/3 }}", "0.3333333333333333"),
        Rendered("{{ 100.0 }}", "100.0"),
        Rendered("{{ 1e100 }}", "1e+100"),
        Rendered("{{ [1,2,] }}", "[1, 2]"),
        Rendered("{{ {'a':1,} }}", "{'a': 1}"),
        Rendered("{{ -0.0 }}", "-0.0"),
        Rendered("{{ 0.0 }}", "0.0"),
        Rendered("{{ '\\a\\b\\f\\v\\0' }}", "\u{7}\u{8}\u{C}\u{B}\u{0}"),
    ]

    static let refused: [Refused] = [
        Refused(
            "{{ x.y.z is defined if x else 'no' }}",
            .syntax,
            1,
            24,
            "expected token 'end of print statement', got 'x'"
        )
    ]
}
