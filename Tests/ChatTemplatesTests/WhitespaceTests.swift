import ChatTemplates
import Testing

/// Blanks and newlines around tags: `trim_blocks`, `lstrip_blocks` and the signs.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct WhitespaceTests {
    @Test("blanks around tags go and stay as in Jinja", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("blanks around tags: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("a\n{% if true %}\nb\n{% endif %}\nc\n", "a\nb\nc"),
        Rendered("  {% if true %}  x  {% endif %}  \n y", "  x    \n y"),
        Rendered("a  {%- if true -%}  b  {%- endif -%}  c", "abc"),
        Rendered("a\n   {%+ if true %}b{% endif %}", "a\n   b"),
        Rendered("a {% if true +%}\nb{% endif %}", "a \nb"),
        Rendered("{{ 1 }}\n{{ 2 }}\n", "1\n2"),
        Rendered("x\n\n", "x\n"),
        Rendered("x\r\ny\rz\n", "x\ny\nz"),
        Rendered("   {{ 1 }}", "   1"),
        Rendered("  {# c #}\n x", " x"),
        Rendered("a {#- c -#} b", "ab"),
        Rendered("  {# c +#}\n x", "\n x"),
        Rendered("{% raw %}{{ x }} {% if %}{% endraw %}|", "{{ x }} {% if %}|"),
        Rendered("a\n  {% raw %}\n  b {% endraw %}\nc", "a\n\n  b c"),
        Rendered("a {%- raw -%} b {%- endraw -%} c", "abc"),
        Rendered("{% raw %}\nq{% endraw %}\n\nz", "\nq\nz"),
        Rendered("{{- 1 -}}  x", "1x"),
        Rendered(" {{- ' a ' -}} \n b", " a b"),
        Rendered("a\n\t {% set x = 1 %}\t\nb", "a\n\t\nb"),
        Rendered("{% if 1 %} {% endif %}\n  {% if 1 %}x{% endif %}", " x"),
        Rendered("a{{ 1 }}  {% if 1 %}b{% endif %}", "a1  b"),
        Rendered("\u{A0} {% if 1 %}b{% endif %}", "b"),
        Rendered("{{+1}}", "1"),
        Rendered("{{-1}}", "1"),
        Rendered("{{ -1 }}", "-1"),
        Rendered("{#\nmulti\nline\n#}\nx", "x"),
        Rendered("{%if 1%}a{%endif%}", "a"),
        Rendered("{% if 1 -%}\n\n  a\n{%- endif %}", "a"),
        Rendered("{{ '{{ x }}' }}{{ \"{% y %}\" }}", "{{ x }}{% y %}"),
        Rendered("{{ {'a': {'b': 1}}['a']['b'] }}", "1"),
        Rendered("{{ {'a':{}}}}", "{'a': {}}"),
        Rendered("a{#", "a"),
        Rendered("line\n{#- x #}\n  y", "line  y"),
        Rendered("\n\n{{ 1 }}", "\n\n1"),
        Rendered("{% for i in [1,2] %}\n  {{ i }}\n{% endfor %}\nz", "  1\n  2\nz"),
        Rendered("{% for i in [1,2] -%}\n  {{ i }}\n{%- endfor %}\nz", "12z"),
    ]

    static let refused: [Refused] = [
        Refused("a{#b", .syntax, 1, 4, "Missing end of comment tag")
    ]
}
