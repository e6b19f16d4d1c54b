import ChatTemplates
import Testing

/// Macros, their arguments, and call blocks.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct MacroTests {
    @Test("macros come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("macros: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered(
            """
            {% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }\
            } {{ m(1, 3) }} {{ m(1, c=5) }} {{ m(b=1, a=2) }} {{ m() }}
            """,
            "12x 13x 125 21x 2x"
        ),
        Rendered(
            """
            {% macro m(a) %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, z=2\
            ) }}
            """,
            "(2, 3){'z': 2}"
        ),
        Rendered(
            """
            {% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}body{{ 1 }}{%\
             endcall %}
            """,
            "[body1]"
        ),
        Rendered(
            """
            {% macro m() %}[{{ caller(1, 2) }}]{% endmacro %}{% call(a, b) m() %}{{ \
            a }}-{{ b }}{% endcall %}
            """,
            "[1-2]"
        ),
        Rendered(
            """
            {% macro m() %}{% if caller %}{{ caller() }}{% else %}nc{% endif %}{% en\
            dmacro %}{{ m() }}
            """,
            "nc"
        ),
        Rendered(
            """
            {% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}
            """,
            "1112"
        ),
        Rendered("{% macro m(a=q) %}{{ a }}{% set q = 2 %}{% endmacro %}{{ m() }}", ""),
        Rendered("{% macro m(a) %}{{ a is defined }}{{ a }}{% endmacro %}{{ m() }}", "False"),
        Rendered(
            """
            {% macro m() %}{% endmacro %}{{ m }}|{{ m.name }}{{ m.arguments }}{{ m.c\
            atch_kwargs }}
            """,
            "<Macro 'm'>|m()False"
        ),
        Rendered(
            """
            {% macro m(a,b=1) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.call\
            er }}{{ m is callable }}
            """,
            "m('a', 'b')FalseTrue"
        ),
        Rendered(
            """
            {% macro m() %}a{% endmacro %}{{ m()|upper }}{{ m() ~ 'b' }}{{ m() is st\
            ring }}
            """,
            "AabTrue"
        ),
        Rendered(
            """
            {% macro m(x) %}{% for i in x %}{{ i }}{{ loop.index }}{% endfor %}{% en\
            dmacro %}{{ m([1,2]) }}
            """,
            "1122"
        ),
        Rendered(
            """
            {% set args = [1,2] %}{% macro m(a,b,c=3) %}{{ a }}{{ b }}{{ c }}{% endm\
            acro %}{{ m(*args) }}{{ m(*args, c=4) }}{{ m(**{'a':7,'b':8}) }}{{ m(1, \
            *[2]) }}
            """,
            "123124783123"
        ),
        Rendered("{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m() }}", "None"),
        Rendered(
            """
            {% macro outer() %}{% macro inner() %}I{% endmacro %}{{ inner() }}{% end\
            macro %}{{ outer() }}{{ inner is defined }}
            """,
            "IFalse"
        ),
        Rendered(
            """
            {% macro m() %}{{ caller('x') }}{% endmacro %}{% for i in [1,2] %}{% cal\
            l(z) m() %}{{ i }}{{ z }}{{ loop.index }}{% endcall %}{% endfor %}
            """,
            "1x12x2"
        ),
        Rendered("{% macro list(x) %}L{{ x }}{% endmacro %}{{ list(1) }}", "L1"),
        Rendered("{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}", "False"),
        Rendered("{% macro m() -%} a {%- endmacro %}[{{ m() }}]", "[a]"),
        Rendered(
            """
            {% macro m(x) %}{{ x }}{% endmacro %}{{ ['a','b']|map('upper')|join }}{{\
             m(x=[1]) }}
            """,
            "AB[1]"
        ),
    ]

    static let refused: [Refused] = [
        Refused(
            "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
            .runtime,
            1,
            42,
            "macro 'm' takes not more than 1 argument(s)"
        ),
        Refused(
            "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(z=2) }}",
            .runtime,
            1,
            42,
            "macro 'm' takes no keyword argument 'z'"
        ),
        Refused(
            "{% macro m() %}x{% endmacro %}{% call m() %}b{% endcall %}",
            .runtime,
            1,
            40,
            """
            macro 'm' was invoked with two values for the special caller argument. T\
            his is most likely a bug.
            """
        ),
        Refused(
            "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
            .runtime,
            1,
            25,
            "No caller defined"
        ),
        Refused("{% macro m(a, a) %}{% endmacro %}", .syntax, 1, 15, "duplicate argument 'a'"),
        Refused(
            "{% macro m(a=1, b) %}{% endmacro %}",
            .syntax,
            1,
            17,
            "non-default argument follows default argument"
        ),
        Refused(
            "{{ m(1) }}{% macro m(a) %}{{ a }}{% endmacro %}",
            .runtime,
            1,
            5,
            "'m' is undefined"
        ),
        Refused(
            "{% call undefinedmacro() %}{% endcall %}",
            .runtime,
            1,
            23,
            "'undefinedmacro' is undefined"
        ),
        Refused(
            """
            {% macro m(a) %}{{ a }}{% endmacro %}{{ m('<b>') }}{{ m(a='x', a='y') }}
            """,
            .syntax,
            1,
            64,
            "keyword argument repeated: a"
        ),
    ]
}
