import ChatTemplates
import Testing

/// What can be done with values that are not there.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct UndefinedTests {
    @Test("undefined values come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("undefined values: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ x }}", ""),
        Rendered("{{ x|length }}", "0"),
        Rendered("{{ x is defined }}", "False"),
        Rendered("{{ x is undefined }}", "True"),
        Rendered("{{ x ~ 'a' }}", "a"),
        Rendered("{% for i in x %}a{% else %}b{% endfor %}", "b"),
        Rendered("{% if x %}a{% else %}b{% endif %}", "b"),
        Rendered("{{ x == y }}", "True"),
        Rendered("{{ x == none }}", "False"),
        Rendered("{{ x != 1 }}", "True"),
        Rendered("{{ x|upper }}", ""),
        Rendered("{{ x|list }}", "[]"),
        Rendered("{{ x|join }}", ""),
        Rendered("{{ x|trim }}", ""),
        Rendered("{{ x|string }}", ""),
        Rendered("{{ x|first }}", ""),
        Rendered("{{ x|last }}", ""),
        Rendered("{{ x|sort }}", "[]"),
        Rendered("{{ x|default('d') }}", "d"),
        Rendered("{{ x|replace('a','b') }}", ""),
        Rendered("{{ x|items|list }}", "[]"),
        Rendered("{{ x|sum }}", "0"),
        Rendered("{{ x|min }}", ""),
        Rendered("{{ x|unique|list }}", "[]"),
        Rendered("{{ x|map('upper')|list }}", "[]"),
        Rendered("{{ x|select|list }}", "[]"),
        Rendered("{{ x|reverse|list }}", "[]"),
        Rendered("{{ x|wordcount }}", "0"),
        Rendered("{{ x|capitalize }}", ""),
        Rendered("{{ x|title }}", ""),
        Rendered("{{ [x] }}", "[Undefined]"),
        Rendered("{{ {'a': x} }}", "{'a': Undefined}"),
        Rendered("{{ d['nokey'] }}|{{ d.nokey is defined }}", "|False"),
        Rendered("{{ l[10] }}", ""),
        Rendered("{{ l[10] is undefined }}", "True"),
        Rendered("{{ l['a'] }}", ""),
        Rendered("{{ 'abc'[10] }}", ""),
        Rendered("{{ 'abc'.foo }}", ""),
        Rendered("{{ none.foo }}", ""),
        Rendered("{{ none['a'] }}", ""),
        Rendered("{{ 5.foo }}", ""),
        Rendered("{{ (5).foo }}", ""),
        Rendered("{{ 5['a'] }}", ""),
        Rendered("{{ x is none }}", "False"),
        Rendered("{{ x is string }}", "False"),
        Rendered("{{ x is iterable }}", "True"),
        Rendered("{{ x is sequence }}", "True"),
        Rendered("{{ x is mapping }}", "False"),
        Rendered("{{ x is callable }}", "True"),
        Rendered("{{ x is number }}", "False"),
        Rendered("{{ x|default }}", ""),
        Rendered("{{ none|default('a') }}", "None"),
        Rendered("{{ none|default('a', true) }}", "a"),
        Rendered("{{ ''|default('e', boolean=true) }}", "e"),
        Rendered("{{ d.q|default('z') }}", "z"),
        Rendered("{{ x|truncate(5) }}", ""),
        Rendered("{{ x|center(5) }}", "     "),
        Rendered("{{ d[x] }}", ""),
        Rendered("{{ l[x] }}", ""),
        Rendered("{{ {x: 1} }}", "{Undefined: 1}"),
        Rendered("{{ x|tojson if x else 'n' }}", "n"),
        Rendered("{{ x|selectattr('a')|list }}", "[]"),
        Rendered("{{ x|groupby('a') }}", "[]"),
        Rendered("{{ x|batch(2)|list }}", "[]"),
        Rendered("{{ x|slice(2)|list }}", "[[], []]"),
        Rendered("{{ x|urlencode }}", ""),
        Rendered("{{ x|escape }}", ""),
        Rendered("{{ x|format }}", ""),
        Rendered("{{ [1,2][x] }}", ""),
        Rendered("{{ x.__class__ }}", ""),
        Rendered("{{ x is eq(y) }}", "True"),
        Rendered("{{ x is sameas(x) }}", "False"),
        Rendered("{{ x is sameas(y) }}", "False"),
    ]

    static let refused: [Refused] = [
        Refused("{{ x.y }}", .runtime, 1, 5, "'x' is undefined"),
        Refused("{{ x['y'] }}", .runtime, 1, 5, "'x' is undefined"),
        Refused("{{ x() }}", .runtime, 1, 5, "'x' is undefined"),
        Refused("{{ x + 1 }}", .runtime, 1, 6, "'x' is undefined"),
        Refused("{{ 'a' + x }}", .runtime, 1, 8, "'x' is undefined"),
        Refused("{{ x < 1 }}", .runtime, 1, 6, "'x' is undefined"),
        Refused("{{ x|int }}", .runtime, 1, 6, "'x' is undefined"),
        Refused("{{ x|float }}", .runtime, 1, 6, "'x' is undefined"),
        Refused("{{ x|abs }}", .runtime, 1, 6, "'x' is undefined"),
        Refused(
            "{{ x|tojson }}",
            .runtime,
            1,
            6,
            "Object of type Undefined is not JSON serializable"
        ),
        Refused(
            "{{ {'a': x}|tojson }}",
            .runtime,
            1,
            13,
            "Object of type Undefined is not JSON serializable"
        ),
        Refused("{{ x|dictsort }}", .runtime, 1, 6, "'x' is undefined"),
        Refused("{{ x|indent }}", .runtime, 1, 6, "'x' is undefined"),
        Refused(
            "{{ d.nokey }}|{{ d.nokey.z }}",
            .runtime,
            1,
            25,
            "'dict object' has no attribute 'nokey'"
        ),
        Refused("{{ none.foo.bar }}", .runtime, 1, 12, "'None' has no attribute 'foo'"),
        Refused("{{ x[1:2] }}", .runtime, 1, 5, "'x' is undefined"),
        Refused("{{ -x }}", .runtime, 1, 4, "'x' is undefined"),
        Refused("{{ x % 2 }}", .runtime, 1, 6, "'x' is undefined"),
        Refused("{{ x|round }}", .runtime, 1, 6, "'x' is undefined"),
        Refused("{{ x|attr('a') }}", .runtime, 1, 6, "'x' is undefined"),
    ]
}
