import ChatTemplates
import Testing

/// What is Jinja and what is not.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct ParserTests {
    @Test("syntax come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("syntax: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ l[] }}", ""),
        Rendered("{% with %}x{% endwith %}", "x"),
        Rendered("{% block a %}{% endblock a %}", ""),
        Rendered("{% if x: %}y{% endif %}", ""),
        Rendered("{{ lambda }}{{ class }}{{ def }}", ""),
        Rendered("{{ dict(class=1) }}", "{'class': 1}"),
    ]

    static let refused: [Refused] = [
        Refused(
            "{% if %}{% endif %}",
            .syntax,
            1,
            7,
            "Expected an expression, got 'end of statement block'"
        ),
        Refused(
            "{% if x %}",
            .syntax,
            1,
            11,
            """
            Unexpected end of template. Jinja was looking for the following tags: 'e\
            lif' or 'else' or 'endif'. The innermost block that needs to be closed i\
            s 'if'.
            """
        ),
        Refused("{% endif %}", .syntax, 1, 4, "Encountered unknown tag 'endif'."),
        Refused("{{ }}", .syntax, 1, 4, "Expected an expression, got 'end of print statement'"),
        Refused("{{ 1 + }}", .syntax, 1, 8, "unexpected 'end of print statement'"),
        Refused("{{ (1 }}", .syntax, 1, 7, "unexpected '}', expected ')'"),
        Refused("{{ 1) }}", .syntax, 1, 5, "unexpected ')'"),
        Refused("{{ [1 }}", .syntax, 1, 7, "unexpected '}', expected ']'"),
        Refused(
            "{% for x %}{% endfor %}",
            .syntax,
            1,
            10,
            "expected token 'in', got 'end of statement block'"
        ),
        Refused(
            "{% for x in %}{% endfor %}",
            .syntax,
            1,
            13,
            "Expected an expression, got 'end of statement block'"
        ),
        Refused("{% foo %}", .syntax, 1, 4, "Encountered unknown tag 'foo'."),
        Refused("{{ 'a }}", .syntax, 1, 4, "unexpected char '''"),
        Refused("{{ a b }}", .syntax, 1, 6, "expected token 'end of print statement', got 'b'"),
        Refused(
            "{% set x %}",
            .syntax,
            1,
            12,
            """
            Unexpected end of template. Jinja was looking for the following tags: 'e\
            ndset'. The innermost block that needs to be closed is 'set'.
            """
        ),
        Refused("{% raw %}x", .syntax, 1, 10, "Missing end of raw directive"),
        Refused("{{ a.1b }}", .syntax, 1, 7, "expected token 'end of print statement', got 'b'"),
        Refused("{{ $ }}", .syntax, 1, 4, "unexpected char '$'"),
        Refused("{% include 'x' %}", .runtime, 1, 4, "a chat template cannot load other templates"),
        Refused("{% extends 'x' %}", .runtime, 1, 4, "a chat template cannot load other templates"),
        Refused(
            "{% import 'x' as y %}",
            .runtime,
            1,
            4,
            "a chat template cannot load other templates"
        ),
        Refused(
            "{% from 'x' import y %}",
            .runtime,
            1,
            4,
            "a chat template cannot load other templates"
        ),
        Refused("{% do 1 %}", .syntax, 1, 4, "Encountered unknown tag 'do'."),
        Refused("{{ 1 if }}", .syntax, 1, 9, "unexpected 'end of print statement'"),
        Refused(
            "{% if x = 1 %}{% endif %}",
            .syntax,
            1,
            9,
            "expected token 'end of statement block', got '='"
        ),
        Refused("{{ {1,2} }}", .syntax, 1, 6, "expected token ':', got ','"),
        Refused("{{ a..b }}", .syntax, 1, 6, "expected name or number"),
        Refused(
            "{% macro %}{% endmacro %}",
            .syntax,
            1,
            10,
            "expected token 'name', got 'end of statement block'"
        ),
        Refused("{% call x %}{% endcall %}", .syntax, 1, 4, "expected call"),
        Refused(
            "{% generation %}x",
            .syntax,
            1,
            18,
            """
            Unexpected end of template. Jinja was looking for the following tags: 'e\
            ndgeneration'. The innermost block that needs to be closed is 'generatio\
            n'.
            """
        ),
        Refused("{% endgeneration %}", .syntax, 1, 4, "Encountered unknown tag 'endgeneration'."),
        Refused("{{ x | }}", .syntax, 1, 8, "expected token 'name', got 'end of print statement'"),
        Refused("{{ x is }}", .syntax, 1, 9, "expected token 'name', got 'end of print statement'"),
        Refused("{{ f(a=1, 2) }}", .syntax, 1, 5, "invalid syntax for function call expression"),
        Refused("{{ f(**a, b) }}", .syntax, 1, 5, "invalid syntax for function call expression"),
        Refused("{% elif %}", .syntax, 1, 4, "Encountered unknown tag 'elif'."),
        Refused("{% else %}", .syntax, 1, 4, "Encountered unknown tag 'else'."),
        Refused(
            "{% if 1 %}{% else %}{% elif 2 %}{% endif %}",
            .syntax,
            1,
            24,
            """
            Encountered unknown tag 'elif'. Jinja was looking for the following tags\
            : 'endif'. The innermost block that needs to be closed is 'if'.
            """
        ),
        Refused("{{ not }}", .syntax, 1, 8, "unexpected 'end of print statement'"),
        Refused("{{ 1 ** }}", .syntax, 1, 9, "unexpected 'end of print statement'"),
        Refused("{{ l[1:2:3:4] }}", .syntax, 1, 11, "expected token ',', got ':'"),
        Refused("{% set = 1 %}", .syntax, 1, 8, "unexpected '='"),
        Refused(
            "{% if true %}{% endfor %}",
            .syntax,
            1,
            17,
            """
            Encountered unknown tag 'endfor'. Jinja was looking for the following ta\
            gs: 'elif' or 'else' or 'endif'. The innermost block that needs to be cl\
            osed is 'if'.
            """
        ),
        Refused("{{ '\\u12' }}", .syntax, 1, 5, "truncated escape in a string"),
        Refused(
            "{% with a=1 %}x{% endwith a %}",
            .syntax,
            1,
            27,
            "expected token 'end of statement block', got 'a'"
        ),
        Refused(
            "{% block a %}{% endblock %}{% block a %}{% endblock %}",
            .syntax,
            1,
            37,
            "block 'a' defined twice"
        ),
        Refused("{{ x; y }}", .syntax, 1, 5, "expected token 'end of print statement', got ';'"),
        Refused("{{ 1 = 2 }}", .syntax, 1, 6, "expected token 'end of print statement', got '='"),
        Refused("{{ a | b.c }}", .syntax, 1, 8, "No filter named 'b.c'."),
        Refused("{{ @ }}", .syntax, 1, 4, "unexpected char '@'"),
        Refused(
            "{% set x = 1 %}{{ x }}{% set x = %}",
            .syntax,
            1,
            34,
            "Expected an expression, got 'end of statement block'"
        ),
        Refused(
            "{% for i in [1] %}{% endif %}",
            .syntax,
            1,
            22,
            """
            Encountered unknown tag 'endif'. Jinja was looking for the following tag\
            s: 'endfor' or 'else'. The innermost block that needs to be closed is 'f\
            or'.
            """
        ),
        Refused(
            "{{ 'a' 1 }}",
            .syntax,
            1,
            8,
            "expected token 'end of print statement', got 'integer'"
        ),
        Refused("{{ %}", .syntax, 1, 5, "unexpected '}'"),
        Refused("{% }}", .syntax, 1, 4, "unexpected '}'"),
        Refused("{{ {{ }}", .syntax, 1, 8, "expected token ':', got '}'"),
        Refused("{% trans %}x{% endtrans %}", .syntax, 1, 4, "Encountered unknown tag 'trans'."),
        Refused("{% debug %}", .syntax, 1, 4, "Encountered unknown tag 'debug'."),
    ]
}
