import ChatTemplates
import Testing

/// The methods of Python's `str`, indices and slices.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct StringMethodTests {
    @Test("string methods come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("string methods: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ ' a b '.strip() }}", "a b"),
        Rendered("{{ 'xxaxx'.strip('x') }}", "a"),
        Rendered("{{ 'abc'.lstrip('ab') }}", "c"),
        Rendered("{{ 'abc'.rstrip('bc') }}", "a"),
        Rendered("{{ ' \\u3000x\\u00a0'.strip() }}", "x"),
        Rendered("{{ 'a'.strip(none) }}", "a"),
        Rendered("{{ 'a,b,,c'.split(',') }}", "['a', 'b', '', 'c']"),
        Rendered("{{ ' a  b c '.split() }}", "['a', 'b', 'c']"),
        Rendered("{{ 'a b c'.split(' ', 1) }}", "['a', 'b c']"),
        Rendered("{{ 'a b c'.rsplit(' ', 1) }}", "['a b', 'c']"),
        Rendered("{{ 'a b  c d'.split(none, 1) }}", "['a', 'b  c d']"),
        Rendered("{{ ' a b c '.rsplit(none, 1) }}", "[' a b', 'c']"),
        Rendered("{{ ''.split() }}", "[]"),
        Rendered("{{ ''.split(',') }}", "['']"),
        Rendered("{{ 'a'.split(sep='a', maxsplit=1) }}", "['', '']"),
        Rendered("{{ 'abcabc'.replace('b','X') }}", "aXcaXc"),
        Rendered("{{ 'aaa'.replace('a','b',2) }}", "bba"),
        Rendered("{{ 'abc'.replace('','-') }}", "-a-b-c-"),
        Rendered("{{ 'abc'.replace('', '-', 2) }}", "-a-bc"),
        Rendered("{{ 'abc'.startswith('ab') }}", "True"),
        Rendered("{{ 'abc'.endswith(('x','c')) }}", "True"),
        Rendered("{{ 'abc'.startswith('b', 1) }}", "True"),
        Rendered("{{ 'abc'.find('c') }}", "2"),
        Rendered("{{ 'abc'.find('z') }}", "-1"),
        Rendered("{{ 'abcabc'.rfind('b') }}", "4"),
        Rendered("{{ 'héllo'.find('l') }}", "2"),
        Rendered("{{ 'abc'.index('c') }}", "2"),
        Rendered("{{ 'abcabc'.count('bc') }}", "2"),
        Rendered("{{ 'aaa'.count('') }}", "4"),
        Rendered("{{ 'abcabc'.find('b', 2) }}", "4"),
        Rendered("{{ 'abcabc'.find('b', -3, -1) }}", "4"),
        Rendered("{{ ''.find('') }}", "0"),
        Rendered("{{ 'abc'.rfind('') }}", "3"),
        Rendered("{{ 'hello world'.title() }}", "Hello World"),
        Rendered("{{ \"they're bill's\".title() }}", "They'Re Bill'S"),
        Rendered("{{ 'hELLO'.capitalize() }}", "Hello"),
        Rendered("{{ 'aB'.swapcase() }}", "Ab"),
        Rendered("{{ 'ÀÉ'.lower() }}", "àé"),
        Rendered("{{ 'straße'.upper() }}", "STRASSE"),
        Rendered("{{ 'ǆ'.title() }}", "ǅ"),
        Rendered("{{ 'ΑΣ'.lower() }}", "ας"),
        Rendered("{{ 'ß'.capitalize() }}", "Ss"),
        Rendered("{{ 'İ'.lower()|length }}", "2"),
        Rendered("{{ 'abc'.isalpha() }}", "True"),
        Rendered("{{ '123'.isdigit() }}", "True"),
        Rendered("{{ '²'.isdigit() }}", "True"),
        Rendered("{{ '½'.isnumeric() }}", "True"),
        Rendered("{{ '½'.isdigit() }}", "False"),
        Rendered("{{ 'a1'.isalnum() }}", "True"),
        Rendered("{{ ' '.isspace() }}", "True"),
        Rendered("{{ ''.isspace() }}", "False"),
        Rendered("{{ 'a'.islower() }}", "True"),
        Rendered("{{ 'A'.isupper() }}", "True"),
        Rendered("{{ 'Ab'.istitle() }}", "True"),
        Rendered("{{ 'a_1'.isidentifier() }}", "True"),
        Rendered("{{ '1'.isdecimal() }}", "True"),
        Rendered("{{ 'é'.isascii() }}", "False"),
        Rendered("{{ 'a\\n'.isprintable() }}", "False"),
        Rendered("{{ 'ab'.center(6) }}", "  ab  "),
        Rendered("{{ 'ab'.center(7,'*') }}", "***ab**"),
        Rendered("{{ 'abc'.center(6,'*') }}", "*abc**"),
        Rendered("{{ 'ab'.ljust(5,'.') }}", "ab..."),
        Rendered("{{ 'ab'.rjust(5) }}", "   ab"),
        Rendered("{{ '42'.zfill(5) }}", "00042"),
        Rendered("{{ '-42'.zfill(5) }}", "-0042"),
        Rendered("{{ 'a-b-c'.partition('-') }}", "('a', '-', 'b-c')"),
        Rendered("{{ 'a-b-c'.rpartition('-') }}", "('a-b', '-', 'c')"),
        Rendered("{{ 'abc'.partition('x') }}", "('abc', '', '')"),
        Rendered("{{ 'abc'.rpartition('x') }}", "('', '', 'abc')"),
        Rendered("{{ 'prefix_x'.removeprefix('prefix_') }}", "x"),
        Rendered("{{ 'x.txt'.removesuffix('.txt') }}", "x"),
        Rendered("{{ 'abc'.removesuffix('') }}", "abc"),
        Rendered("{{ ','.join(['a','b']) }}", "a,b"),
        Rendered("{{ ''.join('abc') }}", "abc"),
        Rendered("{{ ','.join([]) }}", ""),
        Rendered("{{ ','.join({'a':1}) }}", "a"),
        Rendered("{{ 'a\\nb\\r\\nc'.splitlines() }}", "['a', 'b', 'c']"),
        Rendered("{{ 'a\\nb\\n'.splitlines(true) }}", "['a\\n', 'b\\n']"),
        Rendered("{{ ''.splitlines() }}", "[]"),
        Rendered("{{ 'a\\u2028b\\x0bc'.splitlines() }}", "['a', 'b', 'c']"),
        Rendered("{{ 'a\\tb'.expandtabs(4) }}", "a   b"),
        Rendered("{{ 'ab\\tc'.expandtabs() }}", "ab      c"),
        Rendered("{{ '{} {}'.format('a', 1) }}", "a 1"),
        Rendered("{{ '{1}{0}'.format('a','b') }}", "ba"),
        Rendered("{{ '{x}'.format(x=3) }}", "3"),
        Rendered(
            """
            {{ '{:>5}|{:<5}|{:^5}|{:05d}|{:.2f}|{:,}|{:x}|{:b}|{:+d}|{:e}|{:%}'.form\
            at('a','b','c',42,3.14159,1234567,255,5,3,1234.5,0.25) }}
            """,
            """
                a|b    |  c  |00042|3.14|1,234,567|ff|101|+3|1.234500e+03|25.000000%
            """
        ),
        Rendered("{{ '{!r} {!s}'.format('a','b') }}", "'a' b"),
        Rendered("{{ '{0[k]} {0.k}'.format({'k': 'v'}) }}", "v v"),
        Rendered("{{ '{a}'.format_map({'a': 5}) }}", "5"),
        Rendered(
            """
            {{ '{:*^9}|{:#x}|{:_}|{:08.3f}|{:<08d}|{:g}|{:n}|{:c}|{:10}|{:10}|{:=+7d\
            }'.format('mid', 255, 1234567, 3.14159, 42, 1e10, 5, 65, 3, 'x', 42) }}
            """,
            """
            ***mid***|0xff|1_234_567|0003.142|42000000|1e+10|5|A|         3|x       \
              |+    42
            """
        ),
        Rendered("{{ 'abc'[0] }}", "a"),
        Rendered("{{ 'abc'[-1] }}", "c"),
        Rendered("{{ 'héllo'[1] }}", "é"),
        Rendered("{{ 'abc'[1:] }}", "bc"),
        Rendered("{{ 'abcdef'[::2] }}", "ace"),
        Rendered("{{ 'abcdef'[::-1] }}", "fedcba"),
        Rendered("{{ 'abc'[5:] }}", ""),
        Rendered("{{ 'abc'[-2:] }}", "bc"),
        Rendered("{{ 'héllo'[1:3] }}", "él"),
        Rendered("{{ 'abc'[:-1] }}", "ab"),
        Rendered("{{ 'abcdef'[4:1:-1] }}", "edc"),
        Rendered("{{ 'A'.lower().upper() }}", "A"),
        Rendered("{{ 'x'.upper()|lower }}", "x"),
        Rendered("{{ 'abc'|first }}", "a"),
        Rendered("{{ 'abc'|last }}", "c"),
        Rendered("{{ 'abc'|list }}", "['a', 'b', 'c']"),
        Rendered("{{ 'abc'|reverse }}", "cba"),
        Rendered("{{ 'abc'|length }}", "3"),
        Rendered("{{ '😀x'|length }}", "2"),
        Rendered("{{ '😀x'[1] }}", "x"),
        Rendered("{{ '😀x'|reverse }}", "x😀"),
        Rendered("{{ 'aXbX'.split('X') }}", "['a', 'b', '']"),
        Rendered("{{ 'aXbX'.rsplit('X', maxsplit=1) }}", "['aXb', '']"),
        Rendered("{{ 'a'.casefold() }}", "a"),
        Rendered("{{ 'ß'.casefold() }}", "ss"),
        Rendered("{{ 'ab' in 'cab' and 'x' not in 'cab' }}", "True"),
        Rendered("{{ 'a b\\tc\\nd'.split() }}", "['a', 'b', 'c', 'd']"),
        Rendered("{{ 'aaa'.split('aa') }}", "['', 'a']"),
        Rendered("{{ 'aaa'.rsplit('aa') }}", "['a', '']"),
        Rendered("{{ '<think>x</think>y'.split('</think>')[-1].lstrip('\\n') }}", "y"),
        Rendered("{{ 'abc'.strip('') }}", "abc"),
        Rendered("{{ '%s'|format('a') }}", "a"),
    ]

    static let refused: [Refused] = [
        Refused("{{ 'abc'.split('') }}", .runtime, 1, 15, "empty separator"),
        Refused(
            "{{ 'abc'.startswith(['a']) }}",
            .runtime,
            1,
            20,
            "startswith first arg must be str or a tuple of str, not list"
        ),
        Refused("{{ 'abc'.index('z') }}", .runtime, 1, 15, "substring not found"),
        Refused(
            "{{ ','.join([1]) }}",
            .runtime,
            1,
            12,
            "sequence item 0: expected str instance, int found"
        ),
        Refused("{{ '{{}}", .syntax, 1, 4, "unexpected char '''"),
        Refused("{{ '{:{w}}", .syntax, 1, 4, "unexpected char '''"),
        Refused(
            "{{ '{}'.format() }}",
            .runtime,
            1,
            15,
            "Replacement index 0 out of range for positional args tuple"
        ),
        Refused("{{ '{'.format() }}", .runtime, 1, 14, "expected '}' before end of string"),
        Refused("{{ '{x}'.format() }}", .runtime, 1, 16, "'x'"),
        Refused("{{ 'abc'[::0] }}", .runtime, 1, 9, "slice step cannot be zero"),
        Refused("{{ 'x'.foo() }}", .runtime, 1, 11, "'str object' has no attribute 'foo'"),
        Refused(
            "{{ 'abc'.replace('a') }}",
            .runtime,
            1,
            17,
            "replace() missing required argument 'new'"
        ),
        Refused(
            "{{ 'a'.upper(1) }}",
            .runtime,
            1,
            13,
            "upper() takes at most 0 arguments (1 given)"
        ),
    ]
}
