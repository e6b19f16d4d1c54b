import ChatTemplates
import Testing

/// The filters.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct FilterTests {
    @Test("filters come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("filters: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ 'abc'|upper }}", "ABC"),
        Rendered("{{ 'ABC'|lower }}", "abc"),
        Rendered("{{ 'abc def'|title }}", "Abc Def"),
        Rendered("{{ 'aBC'|capitalize }}", "Abc"),
        Rendered("{{ \"it's a-b (c) <d> [e] {f}\"|title }}", "It's A-B (C) <D> [E] {F}"),
        Rendered("{{ '  a '|trim }}", "a"),
        Rendered("{{ 'xax'|trim('x') }}", "a"),
        Rendered("{{ 5|trim }}", "5"),
        Rendered("{{ none|trim }}", "None"),
        Rendered("{{ [3,1,2]|sort }}", "[1, 2, 3]"),
        Rendered("{{ ['b','A','c']|sort }}", "['A', 'b', 'c']"),
        Rendered("{{ ['b','A','c']|sort(case_sensitive=true) }}", "['A', 'b', 'c']"),
        Rendered("{{ [1,2,3]|sort(reverse=true) }}", "[3, 2, 1]"),
        Rendered("{{ [{'a':2},{'a':1}]|sort(attribute='a') }}", "[{'a': 1}, {'a': 2}]"),
        Rendered(
            "{{ [{'a':1,'b':2},{'a':1,'b':1}]|sort(attribute='a,b') }}",
            "[{'a': 1, 'b': 1}, {'a': 1, 'b': 2}]"
        ),
        Rendered("{{ [1,2,2,3,1]|unique|list }}", "[1, 2, 3]"),
        Rendered("{{ ['a','A']|unique|list }}", "['a']"),
        Rendered("{{ ['a','A']|unique(true)|list }}", "['a', 'A']"),
        Rendered("{{ [{'x':1},{'x':1}]|unique(attribute='x')|list }}", "[{'x': 1}]"),
        Rendered("{{ [1,2,3]|join }}", "123"),
        Rendered("{{ [1,2,3]|join(', ') }}", "1, 2, 3"),
        Rendered("{{ [{'n':'a'},{'n':'b'}]|join('-', attribute='n') }}", "a-b"),
        Rendered("{{ 'abc'|join('.') }}", "a.b.c"),
        Rendered("{{ [1,none,true]|join('|') }}", "1|None|True"),
        Rendered("{{ [1,2,3]|sum }}", "6"),
        Rendered("{{ [1.5,2]|sum }}", "3.5"),
        Rendered("{{ [{'v':2},{'v':3}]|sum(attribute='v') }}", "5"),
        Rendered("{{ [[1],[2]]|sum(start=[]) }}", "[1, 2]"),
        Rendered("{{ [3,1,2]|min }}", "1"),
        Rendered("{{ [3,1,2]|max }}", "3"),
        Rendered("{{ ['b','A']|min }}", "A"),
        Rendered("{{ []|max }}", ""),
        Rendered("{{ [{'a':1},{'a':3}]|max(attribute='a') }}", "{'a': 3}"),
        Rendered("{{ -5|abs }}", "5"),
        Rendered("{{ (-5)|abs }}", "5"),
        Rendered("{{ 2.7|round }}", "3.0"),
        Rendered("{{ 2.5|round }}", "2.0"),
        Rendered("{{ 3.5|round }}", "4.0"),
        Rendered("{{ 2.567|round(2) }}", "2.57"),
        Rendered("{{ 2.1|round(method='ceil') }}", "3.0"),
        Rendered("{{ 2.9|round(0,'floor') }}", "2.0"),
        Rendered("{{ 5|round }}", "5"),
        Rendered("{{ 1234|round(-2) }}", "1200"),
        Rendered("{{ 2.675|round(2) }}", "2.67"),
        Rendered("{{ 0.5|round }}", "0.0"),
        Rendered("{{ 1.005|round(2) }}", "1.0"),
        Rendered("{{ '42'|int }}", "42"),
        Rendered("{{ '42.7'|int }}", "42"),
        Rendered("{{ 'x'|int }}", "0"),
        Rendered("{{ 'x'|int(5) }}", "5"),
        Rendered("{{ '0x1f'|int(0,16) }}", "31"),
        Rendered("{{ '1_000'|int }}", "1000"),
        Rendered("{{ ' 7 '|int }}", "7"),
        Rendered("{{ 3.9|int }}", "3"),
        Rendered("{{ -3.9|int }}", "-3"),
        Rendered("{{ true|int }}", "1"),
        Rendered("{{ none|int }}", "0"),
        Rendered("{{ []|int }}", "0"),
        Rendered("{{ '1e3'|int }}", "1000"),
        Rendered("{{ '-5'|int }}", "-5"),
        Rendered("{{ '101'|int(base=2) }}", "5"),
        Rendered("{{ '4.5'|float }}", "4.5"),
        Rendered("{{ 'x'|float }}", "0.0"),
        Rendered("{{ 'x'|float(1.5) }}", "1.5"),
        Rendered("{{ 3|float }}", "3.0"),
        Rendered("{{ 'inf'|float }}", "inf"),
        Rendered("{{ '1e3'|float }}", "1000.0"),
        Rendered("{{ none|float }}", "0.0"),
        Rendered("{{ ' 2 '|float }}", "2.0"),
        Rendered("{{ '1_0.5'|float }}", "10.5"),
        Rendered("{{ '.5'|float }}", "0.5"),
        Rendered("{{ '5.'|float }}", "5.0"),
        Rendered("{{ '-.5e1'|float }}", "-5.0"),
        Rendered("{{ 5|string }}", "5"),
        Rendered("{{ none|string }}", "None"),
        Rendered("{{ [1]|string }}", "[1]"),
        Rendered("{{ 1.0|string }}", "1.0"),
        Rendered("{{ true|string }}", "True"),
        Rendered("{{ 'a\\nb\\n\\nc'|indent }}", "a\n    b\n\n    c"),
        Rendered("{{ 'a\\nb'|indent(2) }}", "a\n  b"),
        Rendered("{{ 'a\\nb'|indent(2, true) }}", "  a\n  b"),
        Rendered("{{ 'a\\n\\nb'|indent(2, blank=true) }}", "a\n  \n  b"),
        Rendered("{{ 'a\\nb'|indent('>> ') }}", "a\n>> b"),
        Rendered("{{ 'a\\nb\\n'|indent }}", "a\n    b\n"),
        Rendered("{{ ''|indent }}", ""),
        Rendered("{{ 'foo bar baz qux'|truncate(9) }}", "foo..."),
        Rendered("{{ 'foo bar baz qux'|truncate(9, true) }}", "foo ba..."),
        Rendered("{{ 'foo bar baz qux'|truncate(11) }}", "foo bar baz qux"),
        Rendered("{{ 'foo bar baz qux'|truncate(11, false, '...', 0) }}", "foo bar..."),
        Rendered("{{ 'foobarbazqux'|truncate(5,leeway=0) }}", "fo..."),
        Rendered("{{ 'a b  c'|wordcount }}", "3"),
        Rendered("{{ \"it's\"|wordcount }}", "2"),
        Rendered("{{ 'hello world foo'|wordwrap(8) }}", "hello\nworld\nfoo"),
        Rendered("{{ 'abcdefghij'|wordwrap(4) }}", "abcd\nefgh\nij"),
        Rendered("{{ 'abcdefghij k'|wordwrap(4, false) }}", "abcdefghij\nk"),
        Rendered("{{ 'well-known fact'|wordwrap(7) }}", "well-\nknown\nfact"),
        Rendered("{{ 'a'|center(5) }}", "  a  "),
        Rendered("{{ 'ab'|center(5) }}", "  ab "),
        Rendered("{{ [1,2,3,4,5]|batch(2)|list }}", "[[1, 2], [3, 4], [5]]"),
        Rendered("{{ [1,2,3]|batch(2,'x')|list }}", "[[1, 2], [3, 'x']]"),
        Rendered("{{ [1,2,3,4,5]|slice(2)|list }}", "[[1, 2, 3], [4, 5]]"),
        Rendered("{{ [1,2,3,4,5]|slice(3,'x')|list }}", "[[1, 2], [3, 4], [5, 'x']]"),
        Rendered(
            """
            {{ [{'a':1,'b':'x'},{'a':2,'b':'y'},{'a':1,'b':'z'}]|groupby('a') }}
            """,
            """
            [(1, [{'a': 1, 'b': 'x'}, {'a': 1, 'b': 'z'}]), (2, [{'a': 2, 'b': 'y'}]\
            )]
            """
        ),
        Rendered(
            """
            {% for g in [{'a':'X','b':1},{'a':'x','b':2},{'a':'Y','b':3}]|groupby('a\
            ') %}{{ g.grouper }}{{ g.list|map(attribute='b')|list }}{% endfor %}
            """,
            "X[1, 2]Y[3]"
        ),
        Rendered(
            """
            {% for a, b in [{'a':1}]|groupby('a') %}{{ a }}{{ b }}{% endfor %}{{ [{}\
            ]|groupby('a', default=7) }}
            """,
            "1[{'a': 1}][(7, [{}])]"
        ),
        Rendered("{{ l|map('string')|list }}", "['1', '2', '3']"),
        Rendered("{{ msgs|map(attribute='role')|list }}", "['user', 'assistant', 'user']"),
        Rendered("{{ msgs|map(attribute='zz', default='d')|list }}", "['d', 'd', 'd']"),
        Rendered("{{ ['a ']|map('trim')|map('upper')|list }}", "['A']"),
        Rendered("{{ [[1,2]]|map('join','-')|list }}", "['1-2']"),
        Rendered("{{ [[5,6]]|map(attribute=1)|list }}", "[6]"),
        Rendered("{{ [[5,6]]|map(attribute='1')|list }}", "[6]"),
        Rendered("{{ [0,1,2]|select|list }}", "[1, 2]"),
        Rendered("{{ [1,2,3]|select('odd')|list }}", "[1, 3]"),
        Rendered("{{ [1,2,3]|reject('odd')|list }}", "[2]"),
        Rendered("{{ [1,2,3]|select('gt', 1)|list }}", "[2, 3]"),
        Rendered("{{ [1,2,3]|select('>', 1)|list }}", "[2, 3]"),
        Rendered("{{ msgs|selectattr('role','equalto','user')|list|length }}", "2"),
        Rendered(
            """
            {{ msgs|rejectattr('role','eq','user')|map(attribute='role')|list }}
            """,
            "['assistant']"
        ),
        Rendered("{{ msgs|selectattr('tool')|list }}", "[]"),
        Rendered("{{ msgs|selectattr('role','in',['user'])|list|length }}", "2"),
        Rendered("{{ l|nofilter if false }}ok", "ok"),
        Rendered("{% if false %}{{ l|nofilter }}{% endif %}ok", "ok"),
        Rendered("{{ {'b':1,'A':2}|dictsort }}", "[('A', 2), ('b', 1)]"),
        Rendered("{{ {'b':1,'A':2}|dictsort(true) }}", "[('A', 2), ('b', 1)]"),
        Rendered("{{ {'b':1,'a':2}|dictsort(by='value') }}", "[('b', 1), ('a', 2)]"),
        Rendered("{{ {'b':1,'a':2}|dictsort(reverse=true) }}", "[('b', 1), ('a', 2)]"),
        Rendered(
            "{{ '<a href=\"x\">&\\'</a>'|escape }}",
            "&lt;a href=&#34;x&#34;&gt;&amp;&#39;&lt;/a&gt;"
        ),
        Rendered("{{ '<'|e }}", "&lt;"),
        Rendered("{{ ('<'|safe)|e }}", "<"),
        Rendered("{{ ('<'|e)|forceescape }}", "&amp;lt;"),
        Rendered("{{ ('<'|safe) + '>' }}", "<&gt;"),
        Rendered("{{ '>' + ('<'|safe) }}", "&gt;<"),
        Rendered("{{ ('<'|safe) ~ '>' }}", "<>"),
        Rendered("{{ ('<%s>'|safe) % '<' }}", "<&lt;>"),
        Rendered("{{ ('<'|safe)|upper }}", "<"),
        Rendered("{{ ['<'|safe] }}", "[Markup('<')]"),
        Rendered("{{ '<p>a <b>b</b>\\n c</p><!-- x -->&lt;'|striptags }}", "a b c<"),
        Rendered("{{ {'a':1,'b':none,'c':'<'}|xmlattr }}", " a=\"1\" c=\"&lt;\""),
        Rendered("{{ {'a':1}|xmlattr(false) }}", "a=\"1\""),
        Rendered("{{ 'a b/c?d&é'|urlencode }}", "a%20b/c%3Fd%26%C3%A9"),
        Rendered("{{ {'a b':1,'c':'/'}|urlencode }}", "a+b=1&c=%2F"),
        Rendered("{{ [('x','y')]|urlencode }}", "x=y"),
        Rendered("{{ 100|filesizeformat }}", "100 Bytes"),
        Rendered("{{ 1|filesizeformat }}", "1 Byte"),
        Rendered("{{ 1500|filesizeformat }}", "1.5 kB"),
        Rendered("{{ 1500000|filesizeformat(true) }}", "1.4 MiB"),
        Rendered("{{ '2000'|filesizeformat }}", "2.0 kB"),
        Rendered("{{ 'abc'|replace('b','x') }}", "axc"),
        Rendered("{{ 'aaa'|replace('a','b',1) }}", "baa"),
        Rendered("{{ 5|replace('5','6') }}", "6"),
        Rendered("{{ 'a1'|replace(1, 2) }}", "a2"),
        Rendered("{{ '%s-%s'|format(1,2) }}", "1-2"),
        Rendered("{{ '%(a)s'|format(a=3) }}", "3"),
        Rendered("{{ 'abc'|attr('upper') is defined }}", "True"),
        Rendered("{{ d|attr('a') }}", ""),
        Rendered("{{ d|attr('get')('a') }}", "1"),
        Rendered("{{ [1,2]|last }}", "2"),
        Rendered("{{ []|first }}", ""),
        Rendered("{{ []|last }}", ""),
        Rendered("{{ l|map('string')|first }}", "1"),
        Rendered("{{ [1,2,3]|reverse|list }}", "[3, 2, 1]"),
        Rendered("{{ d|reverse|list }}", "['b', 'a']"),
        Rendered("{{ (1,2)|reverse|list }}", "[2, 1]"),
        Rendered("{{ {'b':1,'a':[2]}|pprint }}", "{'a': [2], 'b': 1}"),
        Rendered("{{ 'x'|pprint }}", "'x'"),
        Rendered("{{ 'a'|default('b')|upper }}", "A"),
        Rendered("{{ ['x']|first|upper }}", "X"),
        Rendered("{{ '1,2'.split(',')|map('int')|sum }}", "3"),
        Rendered("{{ 5|upper }}", "5"),
        Rendered("{{ [1]|lower }}", "[1]"),
        Rendered("{{ true|capitalize }}", "True"),
        Rendered("{{ 'a'|upper() }}", "A"),
        Rendered("{{ 'a'|center(width=3) }}", " a "),
        Rendered("{{ 'x'|string|list|first|upper }}", "X"),
        Rendered("{{ d|count }}", "2"),
        Rendered("{{ 'ab'|count }}", "2"),
        Rendered("{{ 'hello'|list|sort|join }}", "ehllo"),
        Rendered("{{ [[2,'b'],[1,'a']]|sort }}", "[[1, 'a'], [2, 'b']]"),
        Rendered("{{ ['a','b']|map('upper')|sort(reverse=true)|join(',') }}", "B,A"),
        Rendered("{{ l|select('divisibleby', 2)|list }}", "[2]"),
        Rendered("{{ ['',none,'a']|select|list }}", "['a']"),
        Rendered("{{ ['a',1]|select('string')|list }}", "['a']"),
        Rendered("{{ [1,'a']|reject('string')|list }}", "[1]"),
        Rendered("{{ 'abc'|batch(2)|list }}", "[['a', 'b'], ['c']]"),
        Rendered("{{ 1234567.891|round(1) }}", "1234567.9"),
        Rendered("{{ 1e300|round(2) }}", "1e+300"),
        Rendered("{{ '٣'|int }}", "3"),
        Rendered("{{ '1 2'|int }}", "0"),
        Rendered("{{ '+5'|int }}", "5"),
        Rendered("{{ ''|int }}", "0"),
        Rendered("{{ '0b11'|int(0, 2) }}", "3"),
        Rendered("{{ 'ff'|int(base=16) }}", "255"),
    ]

    static let refused: [Refused] = [
        Refused(
            "{{ [1,'a']|sort }}",
            .runtime,
            1,
            12,
            "'<' not supported between instances of 'str' and 'int'"
        ),
        Refused(
            "{{ ['a']|sum }}",
            .runtime,
            1,
            10,
            "unsupported operand type(s) for +: 'int' and 'str'"
        ),
        Refused("{{ 5|indent }}", .runtime, 1, 6, "indent() argument must be str, not int"),
        Refused("{{ [{'a':{'b':1}}", .syntax, 1, 18, "unexpected end of template, expected ','."),
        Refused("{{ l|map('nofilter')|list }}", .runtime, 1, 22, "No filter named 'nofilter'."),
        Refused("{{ l|map()|list }}", .runtime, 1, 12, "map requires a filter argument"),
        Refused("{{ l|select('notest')|list }}", .runtime, 1, 23, "No test named 'notest'."),
        Refused("{{ l|nofilter }}", .syntax, 1, 6, "No filter named 'nofilter'."),
        Refused(
            """
            {% if false %}{% for x in l %}{{ x|nofilter }}{% endfor %}{% endif %}ok
            """,
            .syntax,
            1,
            36,
            "No filter named 'nofilter'."
        ),
        Refused("{{ l is notest }}", .syntax, 1, 6, "No test named 'notest'."),
        Refused(
            "{{ {1:'a','b':2}|dictsort }}",
            .runtime,
            1,
            18,
            "'<' not supported between instances of 'str' and 'int'"
        ),
        Refused(
            "{{ l|map('string')|last }}",
            .runtime,
            1,
            20,
            "'generator' object is not reversible"
        ),
        Refused("{{ 5|reverse }}", .runtime, 1, 6, "'int' object is not iterable"),
        Refused(
            "{{ 'a'|upper(1) }}",
            .runtime,
            1,
            8,
            "upper() takes at most 0 arguments (1 given)"
        ),
    ]
}
