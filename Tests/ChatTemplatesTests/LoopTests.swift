import ChatTemplates
import Testing

/// Loops, `loop` and loop controls.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct LoopTests {
    @Test("loops come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("loops: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered(
            """
            {% for i in [1,2,3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex \
            }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{\
            % endfor %}
            """,
            "1032TrueFalse3;2121FalseFalse3;3210FalseTrue3;"
        ),
        Rendered(
            """
            {% for i in [1,2,3] %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }};{%\
             endfor %}
            """,
            "<1>2;1<2>3;2<3>;"
        ),
        Rendered("{% for i in [] %}a{% else %}b{% endfor %}", "b"),
        Rendered("{% for k, v in d.items() %}{{ k }}={{ v }},{% endfor %}", "a=1,b={'c': 'x'},"),
        Rendered("{% for k in d %}{{ k }}{% endfor %}", "ab"),
        Rendered("{% for c in 'héy' %}{{ c }}-{% endfor %}", "h-é-y-"),
        Rendered(
            """
            {% for i in range(5) if i % 2 %}{{ i }}{{ loop.length }}{{ loop.last }}{\
            % endfor %}
            """,
            "12False32True"
        ),
        Rendered(
            """
            {% for i in range(10) %}{% if i == 3 %}{% continue %}{% endif %}{% if i \
            == 6 %}{% break %}{% endif %}{{ i }}{% endfor %}
            """,
            "01245"
        ),
        Rendered("{% for i in [1] %}{% break %}{% else %}E{% endfor %}", "E"),
        Rendered("{% for i in [1,2] %}{% continue %}{% else %}E{% endfor %}", "E"),
        Rendered(
            """
            {% for i in [1,2] %}{% if i == 2 %}{% break %}{% endif %}{% else %}E{% e\
            ndfor %}
            """,
            ""
        ),
        Rendered(
            """
            {% for a, (b, c) in [(1,(2,3)),(4,(5,6))] %}{{ a }}{{ b }}{{ c }}{% endf\
            or %}
            """,
            "123456"
        ),
        Rendered("{% for a, b in ['xy'] %}{{ a }}{{ b }}{% endfor %}", "xy"),
        Rendered("{% for i in [1,2,3,4] %}{{ loop.cycle('a','b','c') }}{% endfor %}", "abca"),
        Rendered(
            "{% for i in [1,1,2,2,1] %}{{ loop.changed(i) }}{% endfor %}",
            "TrueFalseTrueFalseTrue"
        ),
        Rendered(
            """
            {% for i in [3,4] %}{% for j in [1,2] %}{{ loop.index }}{{ loop.length }\
            }{% endfor %}{{ loop.index }};{% endfor %}
            """,
            "12221;12222;"
        ),
        Rendered(
            """
            {% for i in tree recursive %}[{{ i.n }}{{ loop.depth }}{{ loop.depth0 }}\
            {% if i.c %}{{ loop(i.c) }}{% endif %}]{% endfor %}
            """,
            "[a10[b21][c21[d32]]][e10]"
        ),
        Rendered("{% for i in [1,2,3] %}{% set x = i %}{% endfor %}{{ x }}|", "|"),
        Rendered(
            """
            {% set x = 0 %}{% for i in [1,2,3] %}{% set x = x + i %}{{ x }}{% endfor\
             %}{{ x }}
            """,
            "1230"
        ),
        Rendered(
            """
            {% set ns = namespace(x=0) %}{% for i in [1,2,3] %}{% set ns.x = ns.x + \
            i %}{% endfor %}{{ ns.x }}
            """,
            "6"
        ),
        Rendered("{{ loop }}", ""),
        Rendered("{% for i in [1] %}{{ loop }}{% endfor %}", "<LoopContext 1/1>"),
        Rendered(
            """
            {% for i in [1,2] %}{% set outer = loop %}{% for j in [1,2] %}{{ outer.i\
            ndex }}{{ loop.index }} {% endfor %}{% endfor %}
            """,
            "11 12 21 22 "
        ),
        Rendered("{% for i in l|reverse %}{{ i }}{{ loop.last }}{% endfor %}", "3False2False1True"),
        Rendered(
            """
            {% for i in l|map('string') %}{{ i }}{{ loop.length }}{{ loop.revindex }\
            }{% endfor %}
            """,
            "133232331"
        ),
        Rendered(
            """
            {% for m in msgs if m.role == 'user' %}{{ loop.index }}{{ m.content }}{%\
             else %}none{% endfor %}
            """,
            "1Hi2Bye"
        ),
        Rendered(
            """
            {% for i in [1,2,3] %}{% if loop.first %}F{% elif loop.last %}L{% else %\
            }M{% endif %}{% endfor %}
            """,
            "FML"
        ),
        Rendered(
            """
            {% for i in range(3) %}{% for j in range(3) %}{% if j == 1 %}{% break %}\
            {% endif %}{{ i }}{{ j }} {% endfor %}{% endfor %}
            """,
            "00 10 20 "
        ),
        Rendered("{% for x in [1,2] %}{{ x }}{% endfor %}{{ x }}|", "12|"),
        Rendered(
            """
            {% for i in [1,2] %}{% for j in [] %}{% else %}{% break %}{% endfor %}x{\
            % endfor %}y
            """,
            "y"
        ),
        Rendered("{% for i in 1, 2, 3 %}{{ i }}{% endfor %}", "123"),
        Rendered("{% for i in [1,2] if x is defined %}{{ i }}{% else %}n{% endfor %}", "n"),
        Rendered(
            """
            {% for k,v in {'a':{'b':1}}.items() recursive %}{{ k }}{% if v is mappin\
            g %}({{ loop(v.items()) }}){% else %}={{ v }}{% endif %}{% endfor %}
            """,
            "a(b=1)"
        ),
        Rendered(
            """
            {% for i in [[1,2],[3]] %}{% for j in i %}{{ loop.index }}{{ j }}{% endf\
            or %}|{% endfor %}
            """,
            "1122|13|"
        ),
        Rendered(
            """
            {{ loop is defined }}{% for i in [1] %}{{ loop is defined }}{% endfor %}
            """,
            "FalseTrue"
        ),
        Rendered(
            """
            {% for i in range(0) %}{% endfor %}{% for i in range(3,0,-1) %}{{ i }}{%\
             endfor %}{% for i in range(1,8,3) %}{{ i }}{% endfor %}
            """,
            "321147"
        ),
        Rendered(
            """
            {% for a in [1,2,3] %}{{ a }}{{ ',' if not loop.last }}{% endfor %}
            """,
            "1,2,3"
        ),
        Rendered(
            """
            {% for i in [1,2,3] %}{% set x %}{% if i==2 %}{% break %}{% endif %}{{ i\
             }}{% endset %}[{{ x }}]{% endfor %}
            """,
            "[1]"
        ),
    ]

    static let refused: [Refused] = [
        Refused(
            "{% for a, b in [(1,2,3)] %}{% endfor %}",
            .runtime,
            1,
            8,
            "too many values to unpack (expected 2)"
        ),
        Refused(
            "{% for a, b in [1] %}{% endfor %}",
            .runtime,
            1,
            4,
            "'int' object is not iterable"
        ),
        Refused("{% for i in 5 %}{% endfor %}", .runtime, 1, 4, "'int' object is not iterable"),
        Refused(
            "{% for i in none %}{% endfor %}",
            .runtime,
            1,
            4,
            "'NoneType' object is not iterable"
        ),
        Refused(
            "{% for i in [1] %}{{ loop([1]) }}{% endfor %}",
            .runtime,
            1,
            26,
            """
            The loop must have the 'recursive' marker to be called recursively.
            """
        ),
        Refused("{{ loop.index }}", .runtime, 1, 8, "'loop' is undefined"),
        Refused(
            "{% for loop in [1] %}{{ loop }}{% endfor %}",
            .syntax,
            1,
            8,
            "Can't assign to special loop variable in for-loop target"
        ),
        Refused(
            "{% for i in [1] %}{% set loop = 2 %}{% endfor %}",
            .syntax,
            1,
            26,
            "Can't assign to special loop variable in for-loop target"
        ),
        Refused("{% break %}", .syntax, 1, 4, "'break' outside loop"),
        Refused(
            "{% for i in [1] %}{% else %}{% break %}{% endfor %}",
            .syntax,
            1,
            32,
            "'break' outside loop"
        ),
    ]
}
