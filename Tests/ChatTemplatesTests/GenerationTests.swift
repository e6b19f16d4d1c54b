import ChatTemplates
import Testing

/// Spans of `{% generation %}`.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct GenerationTests {
    @Test("generation spans are those that transformers tracks", arguments: rendered)
    func tracks(row: Spanned) throws { try row.check() }

    @Test("generation spans: errors", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Spanned] = [
        Spanned(
            "a{% generation %}b{{ 1 }}{% endgeneration %}c",
            "ab1c",
            [1..<3]
        ),
        Spanned(
            """
            {% generation %}x{% set t = 'zz' %}{{ t }}{% endgeneration %}{{ t }}
            """,
            "xzzctx",
            [0..<3]
        ),
        Spanned(
            """
            {% for m in msgs %}{{ m.role }}:{% if m.role == 'assistant' %}{% generat\
            ion %}{{ m.content }}é😀{% endgeneration %}{% endif %}\n{% endfor %}
            """,
            "user:assistant:Yoé😀user:",
            [15..<19]
        ),
        Spanned(
            """
            {% macro m(x) %}<{% generation %}{{ x }}{% endgeneration %}>{% endmacro \
            %}ab{{ m('q') }}cd{{ m('r') }}
            """,
            "ab<q>cd<r>",
            [2..<3, 7..<8]
        ),
        Spanned(
            """
            {% set s %}12{% generation %}3{% endgeneration %}{% endset %}a{{ s }}
            """,
            "a123",
            [0..<1]
        ),
        Spanned(
            "{% generation %}{% endgeneration %}",
            "",
            [0..<0]
        ),
        Spanned(
            "a {%- generation -%} b {%- endgeneration -%} c",
            "abc",
            [1..<2]
        ),
        Spanned(
            "a\n  {% generation %}\n  b\n  {% endgeneration %}\nc",
            "a\n  b\nc",
            [2..<6]
        ),
        Spanned(
            """
            {% generation %}a{% generation %}b{% endgeneration %}{% endgeneration %}
            """,
            "ab",
            [0..<1, 0..<2]
        ),
        Spanned(
            """
            {% for i in [1,2] %}{% generation %}{{ i }}{{ loop.index }}{% endgenerat\
            ion %}{% endfor %}
            """,
            "1122",
            [0..<2, 2..<4]
        ),
        Spanned(
            """
            {% filter upper %}x{% generation %}y{% endgeneration %}{% endfilter %}
            """,
            "XY",
            [0..<1]
        ),
        Spanned(
            "{% block b %}x{% generation %}y{% endgeneration %}{% endblock %}",
            "xy",
            [1..<2]
        ),
        Spanned(
            """
            {% for i in [1,2] recursive %}x{% generation %}{{ i }}{% endgeneration %\
            }{% endfor %}
            """,
            "x1x2",
            [0..<1, 0..<1]
        ),
    ]

    static let refused: [Refused] = [
        Refused(
            """
            {% for i in [1] %}{% generation %}{% break %}{% endgeneration %}{% endfo\
            r %}
            """,
            .syntax,
            1,
            38,
            "'break' outside loop"
        ),
        Refused("é{% call cc() %}{% endcall %}", .runtime, 1, 12, "'cc' is undefined"),
    ]
}
