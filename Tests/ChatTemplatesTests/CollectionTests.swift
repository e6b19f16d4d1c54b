import ChatTemplates
import Testing

/// Lists, tuples, dicts, ranges and the global functions.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct CollectionTests {
    @Test("collections and globals come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("collections and globals: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ d.get('a') }}", "1"),
        Rendered("{{ d.get('zz') }}", "None"),
        Rendered("{{ d.get('zz', 'df') }}", "df"),
        Rendered("{{ d.keys() }}", "dict_keys(['a', 'b'])"),
        Rendered("{{ d.values() }}", "dict_values([1, {'c': 'x'}])"),
        Rendered("{{ d.items() }}", "dict_items([('a', 1), ('b', {'c': 'x'})])"),
        Rendered("{{ d.keys()|list }}", "['a', 'b']"),
        Rendered("{{ d.items()|list }}", "[('a', 1), ('b', {'c': 'x'})]"),
        Rendered("{{ d.a }}", "1"),
        Rendered("{{ d['a'] }}", "1"),
        Rendered("{{ d['b'].c }}", "x"),
        Rendered("{{ dk['items'] }}", "1"),
        Rendered("{{ dk.keys()|list }}", "['items', 'get']"),
        Rendered("{{ dk.get('get') }}", "2"),
        Rendered("{{ l[0] }}", "1"),
        Rendered("{{ l[-1] }}", "3"),
        Rendered("{{ l[1:] }}", "[2, 3]"),
        Rendered("{{ l[::-1] }}", "[3, 2, 1]"),
        Rendered("{{ l[:2] }}", "[1, 2]"),
        Rendered("{{ l.0 }}", "1"),
        Rendered("{{ l.index(2) }}", "1"),
        Rendered("{{ l.count(1) }}", "1"),
        Rendered("{{ (1,2,1).count(1) }}", "2"),
        Rendered("{{ (1,2)[1] }}", "2"),
        Rendered("{{ (1,2).index(2) }}", "1"),
        Rendered("{{ [[1,2],[3]][0][1] }}", "2"),
        Rendered("{{ {'a':[{'b':5}]}.a[0].b }}", "5"),
        Rendered("{{ dict(a=1, b=2) }}", "{'a': 1, 'b': 2}"),
        Rendered("{{ dict({'x':1}, y=2) }}", "{'x': 1, 'y': 2}"),
        Rendered("{{ dict([('a',1)]) }}", "{'a': 1}"),
        Rendered("{{ dict() }}", "{}"),
        Rendered("{{ dict.fromkeys(['a','b'], 0) }}", "{'a': 0, 'b': 0}"),
        Rendered("{{ range(3) }}", "range(0, 3)"),
        Rendered("{{ range(3)|list }}", "[0, 1, 2]"),
        Rendered("{{ range(1,10,3)|list }}", "[1, 4, 7]"),
        Rendered("{{ range(5)[2] }}", "2"),
        Rendered("{{ range(5)[1:3] }}", "range(1, 3)"),
        Rendered("{{ 2 in range(3) }}", "True"),
        Rendered("{{ range(3)|length }}", "3"),
        Rendered("{{ range(10).step }}", "1"),
        Rendered("{{ {'a':1}|length }}", "1"),
        Rendered("{{ []|length }}", "0"),
        Rendered("{{ (1,2)|length }}", "2"),
        Rendered("{{ d.keys()|length }}", "2"),
        Rendered("{{ (l|map('string')|list)|length }}", "3"),
        Rendered(
            """
            {% set c = cycler('a','b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{\
            { c.current }}{{ c.reset() }}{{ c.next() }}
            """,
            "ababNonea"
        ),
        Rendered("{% set j = joiner(',') %}{{ j() }}a{{ j() }}b{{ j() }}", "a,b,"),
        Rendered("{{ [1,2,3][1:2] }}", "[2]"),
        Rendered("{{ (1,2,3)[1:] }}", "(2, 3)"),
        Rendered("{{ d[[1]] }}|", "|"),
        Rendered("{{ l[1.0] }}", ""),
        Rendered("{{ l[true] }}", "2"),
        Rendered("{{ l['0'] }}", ""),
        Rendered("{{ [1,2] == [1,2.0] }}", "True"),
        Rendered("{{ d == d }}", "True"),
        Rendered("{{ d.keys() == d.keys() }}", "True"),
        Rendered("{{ 'a' in d.keys() }}", "True"),
        Rendered("{{ 1 in d.values() }}", "True"),
        Rendered("{{ ('a',1) in d.items() }}", "True"),
        Rendered("{{ d.items()|first }}", "('a', 1)"),
        Rendered("{{ d|first }}", "a"),
        Rendered("{{ d|last }}", "b"),
        Rendered("{{ d|list }}", "['a', 'b']"),
        Rendered("{% for k, v in d|items %}{{ k }}{% endfor %}", "ab"),
        Rendered("{{ [none, true, 1.5]|tojson }}", "[null, true, 1.5]"),
        Rendered("{{ [3,1,2]|sort }}", "[1, 2, 3]"),
        Rendered("{{ (3,1)|list }}", "[3, 1]"),
        Rendered("{{ (1).real }}", "1"),
        Rendered("{{ (5).bit_length() }}", "3"),
        Rendered("{{ (1.5).is_integer() }}", "False"),
        Rendered("{{ true.real }}", "1"),
        Rendered("{{ [1,[2,[3]]] }}", "[1, [2, [3]]]"),
        Rendered("{{ {'b':1,'a':2} }}", "{'b': 1, 'a': 2}"),
        Rendered("{{ {'b':1,'a':2}|dictsort }}", "[('a', 2), ('b', 1)]"),
        Rendered("{{ l + [4] }}", "[1, 2, 3, 4]"),
        Rendered("{{ l }}", "[1, 2, 3]"),
        Rendered("{{ l * 2 }}", "[1, 2, 3, 1, 2, 3]"),
        Rendered("{{ [1,2,3].0 }}", "1"),
        Rendered("{{ d.b.c }}", "x"),
        Rendered("{{ ({'a':1}).items()|map('first')|list }}", "['a']"),
        Rendered(
            """
            {{ strftime_now('%Y-%m-%d %H:%M:%S %B %b %A %a %d %-d %j %p %I %y %% %e'\
            ) }}
            """,
            """
            2026-01-15 10:20:30 January Jan Thursday Thu 15 15 015 AM 10 26 % 15
            """
        ),
        Rendered("{{ [1,2]|first + 5 }}", "6"),
        Rendered("{{ (l|map('string'))[0] }}", ""),
        Rendered("{{ (l|map('string')).foo }}", ""),
        Rendered("{% set g = l|map('string') %}{{ g|list }}{{ g|list }}", "['1', '2', '3'][]"),
        Rendered("{% if l|select('string') %}T{% else %}F{% endif %}", "T"),
        Rendered(
            """
            {% if [] %}T{% elif {} %}U{% elif 0.0 %}V{% elif '' %}W{% elif none %}X{\
            % elif range(0) %}Y{% else %}Z{% endif %}
            """,
            "Z"
        ),
    ]

    static let refused: [Refused] = [
        Refused("{{ d.get() }}", .runtime, 1, 9, "get() missing required argument 'key'"),
        Refused("{{ l.index(99) }}", .runtime, 1, 11, "the value is not in the list"),
        Refused("{{ range(0,5,0) }}", .runtime, 1, 9, "range() arg 3 must not be zero"),
        Refused(
            "{{ range('a') }}",
            .runtime,
            1,
            9,
            "'str' object cannot be interpreted as an integer"
        ),
        Refused(
            "{{ range(1.5) }}",
            .runtime,
            1,
            9,
            "'float' object cannot be interpreted as an integer"
        ),
        Refused("{{ 5|length }}", .runtime, 1, 6, "object of type 'int' has no len()"),
        Refused("{{ none|length }}", .runtime, 1, 9, "object of type 'NoneType' has no len()"),
        Refused(
            "{{ l|map('string')|length }}",
            .runtime,
            1,
            20,
            "object of type 'generator' has no len()"
        ),
        Refused("{{ {[1]: 2} }}", .runtime, 1, 4, "unhashable type: 'list'"),
        Refused("{{ d['a':] }}", .runtime, 1, 5, "unhashable type: 'slice'"),
        Refused(
            "{{ {'a':{'b':[1,(2,)]}}",
            .syntax,
            1,
            24,
            "unexpected end of template, expected 'end of print statement'."
        ),
        Refused("{{ d.a.b.c }}", .runtime, 1, 9, "'int object' has no attribute 'b'"),
        Refused("{{ raise_exception('boom ' ~ 1) }}", .raised, 1, 19, "boom 1"),
        Refused(
            "{{ raise_exception() }}",
            .runtime,
            1,
            19,
            "raise_exception() missing required argument 'message'"
        ),
    ]
}
