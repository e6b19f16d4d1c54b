import ChatTemplates
import Testing

/// Operators, with Python's arithmetic and comparisons.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct OperatorTests {
    @Test("operators come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("operators: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ 7 // 2 }}", "3"),
        Rendered("{{ -7 // 2 }}", "-4"),
        Rendered("{{ 7 // -2 }}", "-4"),
        Rendered("{{ 7 % 3 }}", "1"),
        Rendered("{{ -7 % 3 }}", "2"),
        Rendered("{{ 7 % -3 }}", "-2"),
        Rendered("{{ 7.5 // 2 }}", "3.0"),
        Rendered("{{ -7.5 // 2 }}", "-4.0"),
        Rendered("{{ -7.5 % 2 }}", "0.5"),
        Rendered("{{ 7.5 % -2 }}", "-0.5"),
        Rendered("{{ 2 ** 10 }}", "1024"),
        Rendered("{{ 2 ** -1 }}", "0.5"),
        Rendered("{{ 2 ** 3 ** 2 }}", "64"),
        Rendered("{{ -2 ** 2 }}", "4"),
        Rendered("{{ 2 ** 0.5 }}", "1.4142135623730951"),
        Rendered("{{ 4 ** 0.5 }}", "2.0"),
        Rendered("{{ 1 / 2 }}", "0.5"),
        Rendered("{{ 4 / 2 }}", "2.0"),
        Rendered("{{ 'a' * 3 }}", "aaa"),
        Rendered("{{ 3 * 'ab' }}", "ababab"),
        Rendered("{{ [1] * 2 }}", "[1, 1]"),
        Rendered("{{ 'a' * -1 }}", ""),
        Rendered("{{ (1,) * 2 }}", "(1, 1)"),
        Rendered("{{ 'a' + 'b' }}", "ab"),
        Rendered("{{ [1] + [2] }}", "[1, 2]"),
        Rendered("{{ (1,) + (2,) }}", "(1, 2)"),
        Rendered("{{ 'a' ~ 1 ~ none ~ true ~ 1.5 ~ [1,'x'] }}", "a1NoneTrue1.5[1, 'x']"),
        Rendered("{{ 1 + 2 * 3 - 4 / 2 }}", "5.0"),
        Rendered("{{ (1 + 2) * 3 }}", "9"),
        Rendered("{{ 1 < 2 < 3 }}", "True"),
        Rendered("{{ 1 < 3 < 2 }}", "False"),
        Rendered("{{ 3 > 2 >= 2 == 2 }}", "True"),
        Rendered("{{ 1 == 1.0 }}", "True"),
        Rendered("{{ true == 1 }}", "True"),
        Rendered("{{ 'a' == 'a' }}", "True"),
        Rendered("{{ [1,2] == [1,2] }}", "True"),
        Rendered("{{ [1] == (1,) }}", "False"),
        Rendered("{{ {'a':1,'b':2} == {'b':2,'a':1} }}", "True"),
        Rendered("{{ none == false }}", "False"),
        Rendered("{{ 'a' < 'b' }}", "True"),
        Rendered("{{ 'Z' < 'a' }}", "True"),
        Rendered("{{ [1,2] < [1,3] }}", "True"),
        Rendered("{{ (1,) < (1,0) }}", "True"),
        Rendered("{{ 'a' in 'abc' }}", "True"),
        Rendered("{{ 1 in [1,2] }}", "True"),
        Rendered("{{ 'k' in {'k':1} }}", "True"),
        Rendered("{{ 3 not in (1,2) }}", "True"),
        Rendered("{{ '' in 'x' }}", "True"),
        Rendered("{{ 1.0 in [1] }}", "True"),
        Rendered("{{ x in [1] }}", "False"),
        Rendered("{{ 1 in x }}", "False"),
        Rendered("{{ 1 and 2 }}", "2"),
        Rendered("{{ 0 and 2 }}", "0"),
        Rendered("{{ 0 or 'x' }}", "x"),
        Rendered("{{ '' or [] }}", "[]"),
        Rendered("{{ not 1 }}", "False"),
        Rendered("{{ not '' }}", "True"),
        Rendered("{{ not not 3 }}", "True"),
        Rendered("{{ true + true }}", "2"),
        Rendered("{{ -true }}", "-1"),
        Rendered("{{ +true }}", "1"),
        Rendered("{{ true * 3 }}", "3"),
        Rendered("{{ 5 if true }}", "5"),
        Rendered("{{ 5 if false }}", ""),
        Rendered("{{ 1 if false else 2 if false else 3 }}", "3"),
        Rendered("{{ 1 if 0 else 2 }}", "2"),
        Rendered("{{ 'a' if x else 'b' }}", "b"),
        Rendered("{{ not 1 in [1] }}", "False"),
        Rendered("{{ not (1 in [1]) }}", "False"),
        Rendered("{{ 1 is number and 2 is number }}", "True"),
        Rendered("{{ not x is defined }}", "True"),
        Rendered("{{ 1 + 1 is number }}", "2"),
        Rendered("{{ 9007199254740993 + 0 }}", "9007199254740993"),
        Rendered("{{ 9007199254740993 * 1.0 }}", "9007199254740992.0"),
        Rendered("{{ 10 // 3.0 }}", "3.0"),
        Rendered("{{ 10 % 3.5 }}", "3.0"),
        Rendered("{{ -1 // 3 }}", "-1"),
        Rendered("{{ 0 // 5 }}", "0"),
        Rendered("{{ 2 * 2.5 }}", "5.0"),
        Rendered("{{ 7 - 2.0 }}", "5.0"),
        Rendered("{{ 'x' if 1 == 1 and not 2 == 3 or false else 'y' }}", "x"),
        Rendered("{{ '%s-%d' % ('a', 3) }}", "a-3"),
        Rendered("{{ '%s' % 'x' }}", "x"),
        Rendered(
            "{{ '%5.2f|%-5s|%05d|%x|%+d' % (3.14159, 'ab', 42, 255, 3) }}",
            " 3.14|ab   |00042|ff|+3"
        ),
        Rendered("{{ '%(a)s' % {'a': 1} }}", "1"),
        Rendered("{{ '%r %%' % ('a',) }}", "'a' %"),
        Rendered("{{ '%c%c' % (65, 'b') }}", "Ab"),
        Rendered("{{ '%.3d' % 5 }}", "005"),
        Rendered("{{ '%o' % 8 }}", "10"),
        Rendered("{{ '%e' % 12345.678 }}", "1.234568e+04"),
        Rendered("{{ '%g' % 0.00001 }}", "1e-05"),
        Rendered("{{ '%G' % 1e20 }}", "1E+20"),
        Rendered("{{ '%i' % 3.9 }}", "3"),
        Rendered("{{ '%*d' % (5, 42) }}", "   42"),
        Rendered("{{ '%s' % [1,2] }}", "[1, 2]"),
        Rendered("{{ '%s' % none }}", "None"),
        Rendered("{{ '%5s|%-5s|' % ('é','é') }}", "    é|é    |"),
        Rendered("{{ 1 if [] else 2 }}", "2"),
        Rendered("{{ (1, 2) in [(1, 2)] }}", "True"),
        Rendered("{{ 'abc' > 'abd' }}", "False"),
        Rendered("{{ 2 >= 2.0 }}", "True"),
        Rendered("{{ 1 != 1 }}", "False"),
        Rendered("{{ 'é' == 'e\u{301}' }}", "False"),
    ]

    static let refused: [Refused] = [
        Refused("{{ 1 / 0 }}", .runtime, 1, 6, "division by zero"),
        Refused("{{ 1 // 0 }}", .runtime, 1, 6, "integer division or modulo by zero"),
        Refused("{{ 1 % 0 }}", .runtime, 1, 6, "integer modulo by zero"),
        Refused("{{ 1.0 / 0 }}", .runtime, 1, 8, "float division by zero"),
        Refused("{{ 'a' + 1 }}", .runtime, 1, 8, "can only concatenate str (not \"int\") to str"),
        Refused(
            "{{ 1 + 'a' }}",
            .runtime,
            1,
            6,
            "unsupported operand type(s) for +: 'int' and 'str'"
        ),
        Refused(
            "{{ [1] + (2,) }}",
            .runtime,
            1,
            8,
            "unsupported operand type(s) for +: 'list' and 'tuple'"
        ),
        Refused(
            "{{ 1 ~ 2 + 3 }}",
            .runtime,
            1,
            10,
            "can only concatenate str (not \"int\") to str"
        ),
        Refused(
            "{{ 1 + 2 ~ 3 }}",
            .runtime,
            1,
            6,
            "unsupported operand type(s) for +: 'int' and 'str'"
        ),
        Refused(
            "{{ 1 < 'a' }}",
            .runtime,
            1,
            6,
            "'<' not supported between instances of 'int' and 'str'"
        ),
        Refused(
            "{{ none < 1 }}",
            .runtime,
            1,
            9,
            "'<' not supported between instances of 'NoneType' and 'int'"
        ),
        Refused(
            "{{ 1 in 'abc' }}",
            .runtime,
            1,
            6,
            "'in <string>' requires string as left operand, not int"
        ),
        Refused("{{ 1 in 5 }}", .runtime, 1, 6, "argument of type 'int' is not iterable"),
        Refused("{{ 'a' in none }}", .runtime, 1, 8, "argument of type 'NoneType' is not iterable"),
        Refused(
            "{{ x in 'abc' }}",
            .runtime,
            1,
            6,
            "'in <string>' requires string as left operand, not Undefined"
        ),
        Refused("{{ +'a' }}", .runtime, 1, 4, "bad operand type for unary +: 'str'"),
        Refused("{{ -'a' }}", .runtime, 1, 4, "bad operand type for unary -: 'str'"),
        Refused(
            "{{ (5 if false) + 1 }}",
            .runtime,
            1,
            17,
            """
            the inline if-expression evaluated to false and no else section was defi\
            ned.
            """
        ),
        Refused(
            "{{ 'a' - 'b' }}",
            .runtime,
            1,
            8,
            "unsupported operand type(s) for -: 'str' and 'str'"
        ),
        Refused(
            "{{ [1] - [1] }}",
            .runtime,
            1,
            8,
            "unsupported operand type(s) for -: 'list' and 'list'"
        ),
        Refused(
            "{{ '%s' % (1,2) }}",
            .runtime,
            1,
            9,
            "not all arguments converted during string formatting"
        ),
        Refused("{{ '%s %s' % 'a' }}", .runtime, 1, 12, "not enough arguments for format string"),
        Refused(
            "{{ '%d' % 'a' }}",
            .runtime,
            1,
            9,
            "%d format: a real number is required, not str"
        ),
    ]
}
