import Foundation
import OrderedJSON
import TestSupport
import Testing

@testable import Tokenizers

struct RegularExpressionTests {
    static let texts = [
        "abcd ab aab abab aaab",
        "foo foobar b ba cb abd cd",
        "a\nb c\r\nd  e",
        "Strasse STRASSE 12345 x1 1234567",
        "Éé K 漢字かな x{a",
        "aa bb aab ]a-]a _-9 dz",
    ]

    /// Pattern, and for every text its pieces with "|" between them: made with tokenizers 0.23.3,
    /// whose engine is Oniguruma, by a Split that isolates what matches.
    static let cases: [(String, [String])] = [
        (
            #"a|ab"#,
            [
                "a|bcd |a|b |a|a|b |a|b|a|b |a|a|a|b", "foo foob|a|r b b|a| cb |a|bd cd",
                "a|\nb c\r\nd  e", "Str|a|sse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{|a",
                "a|a| bb |a|a|b ]|a|-]|a| _-9 dz",
            ]
        ),
        (
            #"(a|ab)(c|bcd)(d*)"#,
            [
                "abcd| ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"a*?b"#,
            [
                "ab|cd |ab| |aab| |ab|ab| |aaab", "foo foo|b|ar |b| |b|a c|b| |ab|d cd",
                "a\n|b| c\r\nd  e", "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a",
                "aa |b|b| |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"a++b"#,
            [
                "ab|cd |ab| |aab| |ab|ab| |aaab", "foo foobar b ba cb |ab|d cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?>a+)b"#,
            [
                "ab|cd |ab| |aab| |ab|ab| |aaab", "foo foobar b ba cb |ab|d cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?i:STRASSE)"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse| |STRASSE| 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"[^\s\p{L}]+"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE |12345| x|1| |1234567", "Éé K 漢字かな x|{|a",
                "aa bb aab |]|a|-]|a |_-9| dz",
            ]
        ),
        (
            #"\s+(?!\S)"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c|\r|\nd| | e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?<=a)b"#,
            [
                "a|b|cd a|b| aa|b| a|b|a|b| aaa|b", "foo foobar b ba cb a|b|d cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aa|b| ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?<!a)b"#,
            [
                "abcd ab aab abab aaab", "foo foo|b|ar |b| |b|a c|b| abd cd", "a\n|b| c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa |b|b| aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"\bfoo\b"#,
            [
                "abcd ab aab abab aaab", "foo| foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"^a|b$"#,
            [
                "a|bcd ab aab abab aaa|b", "foo foobar b ba cb abd cd", "a|\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "a|a bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"(a)\1"#,
            [
                "abcd ab |aa|b abab |aa|ab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa| bb |aa|b ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?<x>a|b)\k<x>"#,
            [
                "abcd ab |aa|b abab |aa|ab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa| |bb| |aa|b ]a-]a _-9 dz",
            ]
        ),
        (
            #"a{2,3}"#,
            [
                "abcd ab |aa|b abab |aaa|b", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa| bb |aa|b ]a-]a _-9 dz",
            ]
        ),
        (
            #"a{,2}b"#,
            [
                "ab|cd |ab| |aab| |ab|ab| a|aab", "foo foo|b|ar |b| |b|a c|b| |ab|d cd",
                "a\n|b| c\r\nd  e", "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a",
                "aa |b|b| |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"a{2}?"#,
            [
                "a|b|c|d| |a|b| |aa|b| |a|b|a|b| |aa|a|b",
                "f|o|o| |f|o|o|b|a|r| |b| |b|a| |c|b| |a|b|d| |c|d", "a|\n|b| |c|\r|\n|d| | |e",
                "S|t|r|a|s|s|e| |S|T|R|A|S|S|E| |1|2|3|4|5| |x|1| |1|2|3|4|5|6|7",
                "É|é| |K| |漢|字|か|な| |x|{|a", "aa| |b|b| |aa|b| |]|a|-|]|a| |_|-|9| |d|z",
            ]
        ),
        (
            #"x{a"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな |x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"[a-c&&[^b]]+"#,
            [
                "a|b|c|d |a|b |aa|b |a|b|a|b |aaa|b", "foo foob|a|r b b|a| |c|b |a|bd |c|d",
                "a|\nb |c|\r\nd  e", "Str|a|sse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{|a",
                "aa| bb |aa|b ]|a|-]|a| _-9 dz",
            ]
        ),
        (
            #"[[:alpha:]_]+"#,
            [
                "abcd| |ab| |aab| |abab| |aaab", "foo| |foobar| |b| |ba| |cb| |abd| |cd",
                "a|\n|b| |c|\r\n|d|  |e", "Strasse| |STRASSE| 12345 |x|1 1234567",
                "Éé| |K| |漢字かな| |x|{|a", "aa| |bb| |aab| ]|a|-]|a| |_|-9 |dz",
            ]
        ),
        (
            #"[\w-]+"#,
            [
                "abcd| |ab| |aab| |abab| |aaab", "foo| |foobar| |b| |ba| |cb| |abd| |cd",
                "a|\n|b| |c|\r\n|d|  |e", "Strasse| |STRASSE| |12345| |x1| |1234567",
                "Éé| |K| |漢字かな| |x|{|a", "aa| |bb| |aab| ]|a-|]|a| |_-9| |dz",
            ]
        ),
        (
            #"\p{^L}+"#,
            [
                "abcd| |ab| |aab| |abab| |aaab", "foo| |foobar| |b| |ba| |cb| |abd| |cd",
                "a|\n|b| |c|\r\n|d|  |e", "Strasse| |STRASSE| 12345 |x|1 1234567",
                "Éé| |K| |漢字かな| |x|{|a", "aa| |bb| |aab| ]|a|-]|a| _-9 |dz",
            ]
        ),
        (
            #"\P{L}+"#,
            [
                "abcd| |ab| |aab| |abab| |aaab", "foo| |foobar| |b| |ba| |cb| |abd| |cd",
                "a|\n|b| |c|\r\n|d|  |e", "Strasse| |STRASSE| 12345 |x|1 1234567",
                "Éé| |K| |漢字かな| |x|{|a", "aa| |bb| |aab| ]|a|-]|a| _-9 |dz",
            ]
        ),
        (
            #"\x61\x{62}"#,
            [
                "ab|cd |ab| a|ab| |ab|ab| aa|ab", "foo foobar b ba cb |ab|d cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb a|ab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"\u0063"#,
            [
                "ab|c|d ab aab abab aaab", "foo foobar b ba |c|b abd |c|d", "a\nb |c|\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?m:a.b)"#,
            [
                "abcd ab |aab| abab a|aab", "foo foobar b ba cb abd cd", "a\nb| c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "a|a b|b |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"a.b"#,
            [
                "abcd ab |aab| abab a|aab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "a|a b|b |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            "(?x: a b # c\n)",
            [
                "ab|cd |ab| a|ab| |ab|ab| aa|ab", "foo foobar b ba cb |ab|d cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb a|ab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?:a?){3}b"#,
            [
                "ab|cd |ab| |aab| |ab|ab| |aaab", "foo foo|b|ar |b| |b|a c|b| |ab|d cd",
                "a\n|b| c\r\nd  e", "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a",
                "aa |b|b| |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"(a*)*b"#,
            [
                "ab|cd |ab| |aab| |ab|ab| |aaab", "foo foo|b|ar |b| |b|a c|b| |ab|d cd",
                "a\n|b| c\r\nd  e", "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a",
                "aa |b|b| |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"(a|b*)*c"#,
            [
                "abc|d ab aab abab aaab", "foo foobar b ba |c|b abd |c|d", "a\nb |c|\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"\Aa"#,
            [
                "a|bcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a|\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "a|a bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"a\z"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{|a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"[]a]+"#,
            [
                "a|bcd |a|b |aa|b |a|b|a|b |aaa|b", "foo foob|a|r b b|a| cb |a|bd cd",
                "a|\nb c\r\nd  e", "Str|a|sse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{|a",
                "aa| bb |aa|b |]a|-|]a| _-9 dz",
            ]
        ),
        (
            #"[a\]-]+"#,
            [
                "a|bcd |a|b |aa|b |a|b|a|b |aaa|b", "foo foob|a|r b b|a| cb |a|bd cd",
                "a|\nb c\r\nd  e", "Str|a|sse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{|a",
                "aa| bb |aa|b |]a-]a| _|-|9 dz",
            ]
        ),
        (
            #"a(?#no)b"#,
            [
                "ab|cd |ab| a|ab| |ab|ab| aa|ab", "foo foobar b ba cb |ab|d cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb a|ab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?i)é"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "É|é| K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"\R"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a|\n|b c|\r\n|d  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"\h+"#,
            [
                "abcd| |ab| |aab| |abab| |aaab", "f|oo |f|oo|ba|r |b| |ba| |cb| |abd| |cd",
                "a|\n|b| |c|\r\n|d|  |e", "Str|a|ss|e| STR|A|SS|E| |12345| x|1| |1234567",
                "Éé K 漢字かな x{|a", "aa| |bb| |aab| ]|a|-]|a| _-|9| |d|z",
            ]
        ),
        (
            #"(?=ab)a"#,
            [
                "a|bcd |a|b a|a|b |a|b|a|b aa|a|b", "foo foobar b ba cb |a|bd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb a|a|b ]a-]a _-9 dz",
            ]
        ),
        (
            #"a(?!b)"#,
            [
                "abcd ab |a|ab abab |a|a|ab", "foo foob|a|r b b|a| cb abd cd", "a|\nb c\r\nd  e",
                "Str|a|sse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{|a",
                "a|a| bb |a|ab ]|a|-]|a| _-9 dz",
            ]
        ),
        (
            #""#,
            [
                "a|b|c|d| |a|b| |a|a|b| |a|b|a|b| |a|a|a|b",
                "f|o|o| |f|o|o|b|a|r| |b| |b|a| |c|b| |a|b|d| |c|d", "a|\n|b| |c|\r|\n|d| | |e",
                "S|t|r|a|s|s|e| |S|T|R|A|S|S|E| |1|2|3|4|5| |x|1| |1|2|3|4|5|6|7",
                "É|é| |K| |漢|字|か|な| |x|{|a", "a|a| |b|b| |a|a|b| |]|a|-|]|a| |_|-|9| |d|z",
            ]
        ),
        (
            #"a|"#,
            [
                "a|b|c|d| |a|b| |a|a|b| |a|b|a|b| |a|a|a|b",
                "f|o|o| |f|o|o|b|a|r| |b| |b|a| |c|b| |a|b|d| |c|d", "a|\n|b| |c|\r|\n|d| | |e",
                "S|t|r|a|s|s|e| |S|T|R|A|S|S|E| |1|2|3|4|5| |x|1| |1|2|3|4|5|6|7",
                "É|é| |K| |漢|字|か|な| |x|{|a", "a|a| |b|b| |a|a|b| |]|a|-|]|a| |_|-|9| |d|z",
            ]
        ),
        (
            #"\p{Lu}\p{Ll}*"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse| |S|T|R|A|S|S|E| 12345 x1 1234567", "Éé| |K| 漢字かな x{a",
                "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"\p{Han}+"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K |漢字|かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"(?i:k)+"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé |K| 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"\d{1,3}(?=(?:\d{3})*\b)"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE |12|345| x|1| |1|234|567", "Éé K 漢字かな x{a",
                "aa bb aab ]a-]a _-|9| dz",
            ]
        ),
        (
            #"(?i:'s|'t)"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"a{1,2}+b"#,
            [
                "ab|cd |ab| |aab| |ab|ab| |aaab", "foo foobar b ba cb |ab|d cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb |aab| ]a-]a _-9 dz",
            ]
        ),
        (
            #"[^\r\n]"#,
            [
                "a|b|c|d| |a|b| |a|a|b| |a|b|a|b| |a|a|a|b",
                "f|o|o| |f|o|o|b|a|r| |b| |b|a| |c|b| |a|b|d| |c|d", "a|\n|b| |c|\r\n|d| | |e",
                "S|t|r|a|s|s|e| |S|T|R|A|S|S|E| |1|2|3|4|5| |x|1| |1|2|3|4|5|6|7",
                "É|é| |K| |漢|字|か|な| |x|{|a", "a|a| |b|b| |a|a|b| |]|a|-|]|a| |_|-|9| |d|z",
            ]
        ),
        (
            #"(?<=ab|c)d"#,
            [
                "abc|d| ab aab abab aaab", "foo foobar b ba cb ab|d| c|d", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"a**"#,
            [
                "a|b|c|d| |a|b| |aa|b| |a|b|a|b| |aaa|b",
                "f|o|o| |f|o|o|b|a|r| |b| |b|a| |c|b| |a|b|d| |c|d", "a|\n|b| |c|\r|\n|d| | |e",
                "S|t|r|a|s|s|e| |S|T|R|A|S|S|E| |1|2|3|4|5| |x|1| |1|2|3|4|5|6|7",
                "É|é| |K| |漢|字|か|な| |x|{|a", "aa| |b|b| |aa|b| |]|a|-|]|a| |_|-|9| |d|z",
            ]
        ),
        (
            #".{2}"#,
            [
                "ab|cd| a|b |aa|b |ab|ab| a|aa|b", "fo|o |fo|ob|ar| b| b|a |cb| a|bd| c|d",
                "a\n|b |c\r|\n|d | e", "St|ra|ss|e |ST|RA|SS|E |12|34|5 |x1| 1|23|45|67",
                "Éé| K| 漢|字か|な |x{|a", "aa| b|b |aa|b |]a|-]|a |_-|9 |dz",
            ]
        ),
        (
            #"\_"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a |_|-9 dz",
            ]
        ),
        (
            #"\é"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "É|é| K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"\p{L}{2}"#,
            [
                "ab|cd| |ab| |aa|b |ab|ab| |aa|ab", "fo|o |fo|ob|ar| b |ba| |cb| |ab|d |cd",
                "a\nb c\r\nd  e", "St|ra|ss|e |ST|RA|SS|E 12345 x1 1234567", "Éé| K |漢字|かな| x{a",
                "aa| |bb| |aa|b ]a-]a _-9 |dz",
            ]
        ),
        (
            #"(?-i:a)"#,
            [
                "a|bcd |a|b |a|a|b |a|b|a|b |a|a|a|b", "foo foob|a|r b b|a| cb |a|bd cd",
                "a|\nb c\r\nd  e", "Str|a|sse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{|a",
                "a|a| bb |a|a|b ]|a|-]|a| _-9 dz",
            ]
        ),
        (
            #"a|b|"#,
            [
                "a|b|c|d| |a|b| |a|a|b| |a|b|a|b| |a|a|a|b",
                "f|o|o| |f|o|o|b|a|r| |b| |b|a| |c|b| |a|b|d| |c|d", "a|\n|b| |c|\r|\n|d| | |e",
                "S|t|r|a|s|s|e| |S|T|R|A|S|S|E| |1|2|3|4|5| |x|1| |1|2|3|4|5|6|7",
                "É|é| |K| |漢|字|か|な| |x|{|a", "a|a| |b|b| |a|a|b| |]|a|-|]|a| |_|-|9| |d|z",
            ]
        ),
        (
            #"\Z"#,
            [
                "abcd ab aab abab aaab", "foo foobar b ba cb abd cd", "a\nb c\r\nd  e",
                "Strasse STRASSE 12345 x1 1234567", "Éé K 漢字かな x{a", "aa bb aab ]a-]a _-9 dz",
            ]
        ),
        (
            #"x*"#,
            [
                "a|b|c|d| |a|b| |a|a|b| |a|b|a|b| |a|a|a|b",
                "f|o|o| |f|o|o|b|a|r| |b| |b|a| |c|b| |a|b|d| |c|d", "a|\n|b| |c|\r|\n|d| | |e",
                "S|t|r|a|s|s|e| |S|T|R|A|S|S|E| |1|2|3|4|5| |x|1| |1|2|3|4|5|6|7",
                "É|é| |K| |漢|字|か|な| |x|{|a", "a|a| |b|b| |a|a|b| |]|a|-|]|a| |_|-|9| |d|z",
            ]
        ),
    ]

    @Test("matches are those of Oniguruma", arguments: cases)
    func matches(pattern: String, expected: [String]) throws {
        let splitter = SplitPreTokenizer(
            pattern: .regex(try RegularExpression(pattern)),
            behavior: .isolated
        )
        #expect(Self.texts.map { splitter.pieces(of: $0).joined(separator: "|") } == expected)
    }

    @Test(
        "what is no regular expression is refused",
        arguments: [
            "(", ")", "a)", "[a", "[z-a]", "*a", "a{3,2}", "\\", "\\p{Nonsense}", "\\p", "(?z)",
            "(?<n", "(?<=a*)b", "\\k<n>", "\\1", "\\x{110000}", "\\u12", "(?s:.)", "[a-\\d]",
            "[\\d-z]", "[[:nonsense:]]", "(?i", "a{1,9999}", "((((a{99}){99}){99}){99}){99}",
            String(repeating: "(", count: 200) + String(repeating: ")", count: 200),
        ]
    )
    func refuses(pattern: String) {
        #expect(throws: RegularExpression.SyntaxError.self) { try RegularExpression(pattern) }
    }

    @Test("a pattern that would try endlessly comes to an end", .timeLimit(.minutes(1)))
    func bounded() throws {
        let regex = try RegularExpression("(a|a)*(a|a)*b")
        let bytes = Array(String(repeating: "a", count: 2_000).utf8)
        var count = 0
        bytes.withUnsafeBufferPointer { regex.forEachMatch(in: $0) { _, _ in count += 1 } }
        #expect(count == 0)
    }

    @Test("deep going back needs no stack")
    func deep() throws {
        let regex = try RegularExpression("(?:a|b)*c")
        let bytes = Array((String(repeating: "ab", count: 50_000) + "c").utf8)
        var ends: [Int] = []
        bytes.withUnsafeBufferPointer { regex.forEachMatch(in: $0) { ends.append($1) } }
        #expect(ends == [100_001])
    }

    @Test(
        "a scanner written by hand finds what the engine finds",
        .enabled(if: Conformance.isPresent, "\(Conformance.hint)"),
        arguments: [WellKnownPatterns.gpt2, WellKnownPatterns.llama3, WellKnownPatterns.qwen2]
    )
    func scanners(pattern: String) throws {
        let scanner = SplitPreTokenizer(
            pattern: .scanner(try #require(WellKnownPatterns.scanner(for: pattern))),
            behavior: .isolated
        )
        let engine = SplitPreTokenizer(
            pattern: .regex(try RegularExpression(pattern)),
            behavior: .isolated
        )
        let rows = try GoldenRow.rows(of: Conformance.file("goldens/tokenizers/qwen2.5.jsonl"))
        for row in rows {
            #expect(scanner.pieces(of: row.text) == engine.pieces(of: row.text))
        }
    }
}
