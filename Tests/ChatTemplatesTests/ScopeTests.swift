import ChatTemplates
import Testing

/// Which variable a name means where.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct ScopeTests {
    @Test("scopes come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("scopes: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered(
            """
            {% macro m() %}{{ t }}{% endmacro %}{{ m() }}{% set t = 1 %}{{ m() }}
            """,
            "1"
        ),
        Rendered("{% for i in [1] %}{{ t }}{% endfor %}{% set t = 1 %}", ""),
        Rendered("{% if false %}{% set t = 2 %}{% endif %}{{ t }}", "ctx"),
        Rendered("{% if true %}{% set t = 2 %}{% endif %}{{ t }}", "2"),
        Rendered("{% if false %}{% set zz = 2 %}{% else %}{% endif %}{{ zz }}|", "|"),
        Rendered(
            """
            {% for i in [1,2] %}{% if i == 1 %}{% set t = 'in' %}{% endif %}{{ t }}{\
            % endfor %}{{ t }}
            """,
            "inctxctx"
        ),
        Rendered(
            """
            {% with a = 1, b = 2 %}{{ a }}{{ b }}{% set c = 3 %}{{ c }}{% endwith %}\
            {{ a }}{{ c }}|
            """,
            "123|"
        ),
        Rendered(
            """
            {% set a = 5 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}
            """,
            "155"
        ),
        Rendered(
            """
            {% set x = 1 %}{% macro m(x) %}{{ x }}{% set x = 9 %}{{ x }}{% endmacro \
            %}{{ m(2) }}{{ x }}
            """,
            "291"
        ),
        Rendered(
            """
            {% set x = 1 %}{% macro m() %}{% set x = x + 1 %}{{ x }}{% endmacro %}{{\
             m() }}{{ x }}
            """,
            "21"
        ),
        Rendered(
            """
            {% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (a, b) = (b, a) %}{{ a }}{{ b \
            }}
            """,
            "1221"
        ),
        Rendered("{% set x = t %}{% set t = 5 %}{{ x }}{{ t }}", "ctx5"),
        Rendered("{% set t %}abc{{ 1 }}{% endset %}{{ t }}{{ t|length }}", "abc14"),
        Rendered("{% set t | upper | replace('B','z') %}abc{% endset %}{{ t }}", "AzC"),
        Rendered(
            """
            {% set a = 1 %}{% set q %}{% set a = 2 %}{{ a }}{% endset %}{{ q }}{{ a \
            }}
            """,
            "21"
        ),
        Rendered("{% filter upper %}a{% set t = 'k' %}{{ t }}{% endfilter %}{{ t }}", "AKctx"),
        Rendered("{% filter replace('a', 'b')|upper %}banana{% endfilter %}", "BBNBNB"),
        Rendered(
            """
            {% set ns = namespace() %}{{ ns.a }}|{% set ns.a = 1 %}{{ ns.a }}{{ ns['\
            a'] }}
            """,
            "|11"
        ),
        Rendered("{% set ns = namespace(a=1, b=[2]) %}{{ ns }}", "<Namespace {'a': 1, 'b': [2]}>"),
        Rendered("{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}", "12"),
        Rendered(
            """
            {% set ns = namespace(a=1) %}{% set ns.a, b = 2, 3 %}{{ ns.a }}{{ b }}
            """,
            "23"
        ),
        Rendered(
            """
            {% set ns = namespace(t='') %}{% set ns.t %}xx{% endset %}{{ ns.t }}
            """,
            "xx"
        ),
        Rendered(
            "{% set t = namespace(n=none) %}{% set t.n = t %}{{ t }}",
            "<Namespace {'n': <Namespace {...}>}>"
        ),
        Rendered(
            """
            {% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a\
            () }}
            """,
            "B"
        ),
        Rendered(
            """
            {% macro a(n) %}{{ n }}{% if n > 0 %}{{ a(n-1) }}{% endif %}{% endmacro \
            %}{{ a(3) }}
            """,
            "3210"
        ),
        Rendered("{% if true %}{% macro a() %}A{% endmacro %}{% endif %}{{ a() }}", "A"),
        Rendered(
            """
            {% for i in [1,2] %}{% macro a() %}{{ i }}{% endmacro %}{{ a() }}{% endf\
            or %}{{ a }}|
            """,
            "12|"
        ),
        Rendered(
            """
            {% set x = 'o' %}{% for i in [1] %}{{ x }}{% set x = 'i' %}{{ x }}{% end\
            for %}{{ x }}
            """,
            "oio"
        ),
        Rendered("{% block b %}{{ t }}{% set q = 1 %}{% endblock %}{{ q }}|", "ctx|"),
        Rendered("{% set s = 5 %}{% block b %}{{ s }}{% endblock %}{{ self.b() }}", "55"),
        Rendered(
            """
            {% for i in [1,2] %}{% block bb scoped %}{{ i }}{% endblock %}{% endfor \
            %}
            """,
            "12"
        ),
        Rendered(
            """
            {% for i in [1,2] %}{% block bb %}[{{ i }}]{% endblock %}{% endfor %}
            """,
            "[][]"
        ),
        Rendered("{% autoescape false %}{{ '<' }}{% endautoescape %}", "<"),
        Rendered("{% print 1, 'a' %}", "1a"),
        Rendered("{% set a = 1 if false %}[{{ a }}]", "[]"),
        Rendered(
            """
            {% if t %}{% set w = 1 %}{% elif x %}{% set w = 2 %}{% else %}{% set w =\
             3 %}{% endif %}{{ w }}
            """,
            "1"
        ),
        Rendered("{% macro m() %}{{ msgs|length }}{% endmacro %}{{ m() }}", "3"),
        Rendered("{% set msgs = msgs[1:] %}{{ msgs|length }}", "2"),
        Rendered(
            "{% for msgs in msgs %}{{ msgs.role }}{% endfor %}{{ msgs|length }}",
            "userassistantuser3"
        ),
    ]

    static let refused: [Refused] = [
        Refused(
            "{% set d.x = 1 %}",
            .runtime,
            1,
            8,
            "cannot assign attribute on non-namespace object"
        ),
        Refused(
            "{% set zz.x = 1 %}",
            .runtime,
            1,
            8,
            "cannot assign attribute on non-namespace object"
        ),
        Refused(
            "{% set ns = namespace(_a=1) %}",
            .runtime,
            1,
            22,
            """
            Chat templates cannot store underscore-prefixed attributes on a namespac\
            e, but got '_a'. Please rename the attribute.
            """
        ),
        Refused(
            "{% set ns = namespace() %}{% set ns._a = 1 %}",
            .runtime,
            1,
            30,
            """
            Chat templates cannot store underscore-prefixed attributes on a namespac\
            e, but got '_a'. Please rename the attribute.
            """
        ),
        Refused(
            """
            {% set ns = namespace(a=1) %}{{ ns is mapping }}{{ ns is defined }}{{ ns\
            .b is defined }}{{ 'a' in ns }}
            """,
            .runtime,
            1,
            96,
            "argument of type 'TemplateNamespace' is not iterable"
        ),
        Refused("{% set true = 1 %}", .syntax, 1, 8, "can't assign to 'const'"),
        Refused("{% set 1 = 1 %}", .syntax, 1, 8, "can't assign to 'const'"),
        Refused(
            "{% set a.b.c = 1 %}",
            .syntax,
            1,
            11,
            "expected token 'end of statement block', got '.'"
        ),
        Refused(
            "{% set x = y = 1 %}",
            .syntax,
            1,
            14,
            "expected token 'end of statement block', got '='"
        ),
    ]
}
