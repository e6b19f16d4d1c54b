import ChatTemplates
import Testing

/// The tests behind `is`.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct TestTests {
    @Test("tests come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("tests: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ 1 is odd }}", "True"),
        Rendered("{{ 2 is even }}", "True"),
        Rendered("{{ 4 is divisibleby 2 }}", "True"),
        Rendered("{{ 4 is divisibleby(3) }}", "False"),
        Rendered("{{ 1.0 is odd }}", "True"),
        Rendered("{{ 1 is integer }}", "True"),
        Rendered("{{ true is integer }}", "False"),
        Rendered("{{ 1.0 is float }}", "True"),
        Rendered("{{ true is number }}", "True"),
        Rendered("{{ 1.5 is number }}", "True"),
        Rendered("{{ true is boolean }}", "True"),
        Rendered("{{ 1 is boolean }}", "False"),
        Rendered("{{ none is none }}", "True"),
        Rendered("{{ 'a' is string }}", "True"),
        Rendered("{{ d is mapping }}", "True"),
        Rendered("{{ l is sequence }}", "True"),
        Rendered("{{ d is sequence }}", "True"),
        Rendered("{{ 'a' is sequence }}", "True"),
        Rendered("{{ 5 is sequence }}", "False"),
        Rendered("{{ l is iterable }}", "True"),
        Rendered("{{ 5 is iterable }}", "False"),
        Rendered("{{ range is callable }}", "True"),
        Rendered("{{ 'a'.upper is callable }}", "True"),
        Rendered("{{ l is callable }}", "False"),
        Rendered("{{ true is true }}", "True"),
        Rendered("{{ 1 is true }}", "False"),
        Rendered("{{ false is false }}", "True"),
        Rendered("{{ 0 is false }}", "False"),
        Rendered("{{ 'a' is lower }}", "True"),
        Rendered("{{ 'A' is upper }}", "True"),
        Rendered("{{ 'aB' is lower }}", "False"),
        Rendered("{{ 1 is lower }}", "False"),
        Rendered("{{ 1 is eq 1 }}", "True"),
        Rendered("{{ 1 is equalto(1) }}", "True"),
        Rendered("{{ 1 is ne 2 }}", "True"),
        Rendered("{{ 2 is gt 1 }}", "True"),
        Rendered("{{ 1 is lt(2) }}", "True"),
        Rendered("{{ 1 is le 1 }}", "True"),
        Rendered("{{ 2 is ge 3 }}", "False"),
        Rendered("{{ 1 is greaterthan 0 }}", "True"),
        Rendered("{{ 1 is lessthan 0 }}", "False"),
        Rendered("{{ 1 is in [1,2] }}", "True"),
        Rendered("{{ 'a' is in 'abc' }}", "True"),
        Rendered("{{ 3 is not in [1] }}", "True"),
        Rendered("{{ l is sameas l }}", "True"),
        Rendered("{{ [1] is sameas [1] }}", "False"),
        Rendered("{{ none is sameas none }}", "True"),
        Rendered("{{ true is sameas true }}", "True"),
        Rendered("{{ 1 is sameas true }}", "False"),
        Rendered("{{ 'upper' is filter }}", "True"),
        Rendered("{{ 'nope' is filter }}", "False"),
        Rendered("{{ 'odd' is test }}", "True"),
        Rendered("{{ 'nope' is test }}", "False"),
        Rendered("{{ 'tojson' is filter }}", "True"),
        Rendered("{{ ('a'|safe) is escaped }}", "True"),
        Rendered("{{ 'a' is escaped }}", "False"),
        Rendered("{{ x is defined and x.y is defined }}", "False"),
        Rendered("{{ d.a is defined }}", "True"),
        Rendered("{{ d['zz'] is not defined }}", "True"),
        Rendered("{{ x is not defined }}", "True"),
        Rendered("{{ 1 is not none }}", "True"),
        Rendered("{{ not 1 is none }}", "True"),
        Rendered("{{ d.items() is sequence }}", "False"),
        Rendered("{{ d.items() is iterable }}", "True"),
        Rendered("{{ (l|map('string')) is iterable }}", "True"),
        Rendered("{{ (l|map('string')) is sequence }}", "False"),
        Rendered("{{ namespace() is iterable }}", "False"),
        Rendered("{{ range(2) is sequence }}", "True"),
        Rendered("{{ d is mapping and d is not string }}", "True"),
        Rendered("{{ none is string }}", "False"),
        Rendered("{{ '' is string }}", "True"),
        Rendered("{{ 'a' is string and 1 or 2 }}", "1"),
        Rendered("{{ 'y' if 1 is odd else 'n' }}", "y"),
        Rendered("{{ [] is none }}", "False"),
        Rendered("{{ [] is undefined }}", "False"),
        Rendered("{{ d.b is mapping }}", "True"),
        Rendered("{{ l is not mapping }}", "True"),
        Rendered("{{ 'x' is mapping }}", "False"),
    ]

    static let refused: [Refused] = [
        Refused(
            "{{ 'a' is odd }}",
            .runtime,
            1,
            8,
            "not all arguments converted during string formatting"
        ),
        Refused(
            "{{ 1 is number is number }}",
            .syntax,
            1,
            16,
            "You cannot chain multiple tests with is"
        ),
        Refused("{{ 5 is divisibleby 0 }}", .runtime, 1, 6, "integer modulo by zero"),
    ]
}
