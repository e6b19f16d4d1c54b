import ChatTemplates
import Foundation
import Testing

/// Templates that would use up the machine.
struct LimitTests {
    /// Low enough that debug builds reach them in moments.
    private static let limits = TemplateLimits(
        steps: 100_000,
        bytes: 8 << 20,
        outputBytes: 1 << 20
    )

    private func expectLimit(_ template: String) {
        let error = #expect(throws: ChatTemplateError.self) {
            try Rows.render(template, limits: Self.limits)
        }
        #expect(error?.kind == .limit, "\(template): \(error.map(String.init(describing:)) ?? "")")
        #expect(error?.line == 1)
    }

    @Test(
        "one operation that makes too much is refused before it is made",
        arguments: [
            "{{ 'x' * 1000000000 }}", "{{ [0] * 1000000000 }}", "{{ [[]] * 4611686018427387904 }}",
            "{{ range(1000000000) }}", "{{ range(-9223372036854775807, 9223372036854775807) }}",
            "{{ ('a' * 10000).replace('', 'b' * 10000) }}",
            "{{ ('b' * 10000).join('a' * 10000) }}", "{{ 'a'.center(1000000000) }}",
            "{{ 'a'.ljust(9223372036854775807) }}", "{{ 'a'.zfill(1000000000) }}",
            "{{ 'a'|indent(1000000000) }}", "{{ '%1000000000d' % 1 }}", "{{ '%.2000f' % 1.5 }}",
            "{{ '{:>1000000000}'.format('a') }}", "{{ '{:01000000000,}'.format(5) }}",
            "{{ [[1]]|tojson(indent=1000000000) }}", "{{ '\t'.expandtabs(1000000000) }}",
            "{{ [1]|batch(1000000000000, 1)|list }}", "{{ [1]|slice(1000000000000)|list }}",
            "{{ 10 ** 1000000000 }}", "{{ 9223372036854775807 + 1 }}", "{{ 2 ** 63 }}",
            "{{ -9223372036854775807 - 2 }}", "{{ 4611686018427387904 * 2 }}",
            "{{ (-9223372036854775807 - 1) // -1 }}", "{{ -(-9223372036854775807 - 1) }}",
            "{{ (-9223372036854775807 - 1)|abs }}", "{{ 1e300|int }}",
            "{{ '9' * 30|int }}"
                + "{{ ('9' * 30)|int }}",
        ]
    )
    func singleOperations(template: String) { expectLimit(template) }

    @Test(
        "growth in a loop ends",
        arguments: [
            "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}"
                + "{% endfor %}",
            "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}"
                + "{% endfor %}",
            "{% set ns = namespace(s=[]) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}"
                + "{% endfor %}",
            "{% set ns = namespace(s=1) %}{% for i in range(9999) %}{% for a in [ns.s] %}"
                + "{% set ns.s = loop %}{% endfor %}{% endfor %}",
            "{% set ns = namespace(s=[]) %}{% for i in range(9999) %}{% set ns.s = [ns.s.count] %}"
                + "{% endfor %}",
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
            "{% set s = 'x' * 100000 %}{% for i in range(9999) %}{{ s }}{% endfor %}",
            "{% set s = 'é' * 500000 %}{% for i in range(99999) %}{% set n = s|length %}"
                + "{% endfor %}",
            "{% set s = 'é' * 500000 %}{% set d = {} %}{% for i in range(99999) %}"
                + "{% set n = d[s] %}{% endfor %}",
            "{{ (('a' * 1000000) ~ 'b').find(('a' * 100000) ~ 'c') }}",
        ]
    )
    func loops(template: String) { expectLimit(template) }

    @Test(
        "values that share their parts do not blow up when they are walked",
        arguments: [
            "{{ ns.s }}", "{{ ns.s|tojson }}", "{{ ns.s == ns.t }}", "{{ {ns.u: 1} }}",
            "{{ [ns.s, ns.t]|sort }}", "{{ ns.s|pprint }}",
        ]
    )
    func sharedValues(use: String) {
        expectLimit(
            "{% set ns = namespace(s=[1], t=[1], u=(1,)) %}{% for i in range(50) %}"
                + "{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}"
                + "{% set ns.u = (ns.u, ns.u) %}{% endfor %}" + use
        )
    }

    @Test(
        "endless recursion is an error, on a small stack too",
        arguments: [
            "{% macro r(n) %}{{ r(n+1) }}{% endmacro %}{{ r(0) }}",
            "{% macro r(n) %}{% for a in [1] if true %}{% if n %}{% set x %}"
                + "{{ ((r(n+1)|trim) ~ 'a')|upper }}{% endset %}{% endif %}{% endfor %}"
                + "{% endmacro %}{{ r(1) }}",
            "{% macro r() %}{% call r() %}{{ caller() }}{% endcall %}{% endmacro %}{{ r() }}",
            "{% for a in [1] recursive %}{{ loop([a]) }}{% endfor %}",
            "{% macro r(n=r()) %}{% endmacro %}{{ r() }}",
            "{% macro r(n) %}{{ {'a': [r(n)]}['a'][0] if r(n) else (1, -r(n)) }}{% endmacro %}"
                + "{{ r(1) }}",
            "{% block b %}{{ self.b() }}{% endblock %}",
            "{% macro r(n) %}{{ [1]|map('default', r(n))|list }}{% endmacro %}{{ r(1) }}",
            "{% set ns = namespace(h=none) %}{% for i in range(999) %}"
                + "{% set n = namespace(next=ns.h) %}{% set ns.h = n %}{% endfor %}{{ ns.h }}",
        ]
    )
    func recursion(template: String) throws {
        let error = try #require(onSmallStack { try Rows.render(template) })
        #expect(error.kind == .limit)
        #expect(error.message.hasPrefix("maximum recursion depth exceeded"))
    }

    @Test(
        "source nested too deep is an error, on a small stack too",
        arguments: [
            ("{{ ", "(", "1", ")", " }}"), ("{{ ", "[", "1", "]", " }}"),
            ("{{ ", "{1:", "1", "}", " }}"), ("{{ ", "not ", "1", "", " }}"),
            ("{{ ", "-", "1", "", " }}"), ("{{ ", "f(", "1", ")", " }}"),
            ("{{ ", "d[", "1", "]", " }}"), ("{{ ", "1|default(", "1", ")", " }}"),
            ("{{ ", "1 is eq(", "1", ")", " }}"), ("{{ ", "(1 if 1 else ", "1", ")", " }}"),
            ("{{ ", "(1 + ", "1", ")", " }}"), ("{{ x", ".a", "", "", " }}"),
            ("{{ x", "|upper", "", "", " }}"), ("{{ f", "()", "", "", " }}"),
            ("", "{% if 1 %}", "x", "{% endif %}", ""),
            ("", "{% for a in b %}", "x", "{% endfor %}", ""),
            ("", "{% set a %}", "x", "{% endset %}", ""),
            ("", "{% macro m() %}", "x", "{% endmacro %}", ""),
            ("", "{% generation %}", "x", "{% endgeneration %}", ""),
        ] as [(String, String, String, String, String)]
    )
    func nesting(start: String, opening: String, middle: String, closing: String, end: String)
        throws
    {
        let template =
            start + String(repeating: opening, count: 5000) + middle
            + String(repeating: closing, count: 5000) + end
        let error = try #require(onSmallStack { try ChatTemplate(template) })
        #expect(error.kind == .limit)
        #expect(error.message == "too many levels of nesting")
        #expect(error.line == 1)
    }

    @Test("long chains that do not nest are no deeper than short ones")
    func chains() throws {
        let sum = "{{ 1" + String(repeating: " + 1", count: 5000) + " }}"
        #expect(try Rows.render(sum).text == "5001")
        let arms = String(repeating: "{% elif 0 %}b", count: 2000)
        #expect(try Rows.render("{% if 0 %}a\(arms){% else %}c{% endif %}").text == "c")
        let choice = "{{ " + String(repeating: "0 if 0 else ", count: 2000) + "1 }}"
        #expect(try Rows.render(choice).text == "1")
    }

    @Test("long chains of objects that hold each other are let go without recursion")
    func release() throws {
        let template =
            "{% set ns = namespace(h=none) %}{% for i in range(9999) %}"
            + "{% set n = namespace(next=ns.h) %}{% set ns.h = n %}{% endfor %}"
            + "{% for i in range(9999) %}{% set p = ns.h %}"
            + "{% macro m() %}{{ p }}{% endmacro %}{% set ns.h = m %}{% endfor %}done"
        let error = onSmallStack {
            let text = try Rows.render(template).text
            #expect(text == "done")
        }
        #expect(error == nil)
    }

    @Test("real depths pass with the default limits")
    func depth() throws {
        let template =
            "{% macro r(n) %}{% if n > 0 %}{% for i in [n] %}[{{ r(i - 1)|trim }}]{% endfor %}"
            + "{% endif %}{% endmacro %}{{ r(12) }}"
        let expected = String(repeating: "[", count: 12) + String(repeating: "]", count: 12)
        let error = onSmallStack {
            let text = try Rows.render(template).text
            #expect(text == expected)
        }
        #expect(error == nil)
    }

    /// Runs on a thread with the stack that secondary threads have on macOS.
    private func onSmallStack(_ body: @escaping @Sendable () throws -> some Any)
        -> ChatTemplateError?
    {
        let result = ErrorBox()
        let thread = Thread {
            do { _ = try body() } catch { result.set(error as? ChatTemplateError) }
            result.finished.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        result.finished.wait()
        return result.get()
    }
}

/// Carries an error from a thread.
private final class ErrorBox: @unchecked Sendable {
    // Written before `finished` is signalled and read after it, never at the same time.
    private var error: ChatTemplateError?
    let finished = DispatchSemaphore(value: 0)

    func set(_ error: ChatTemplateError?) { self.error = error }
    func get() -> ChatTemplateError? { error }
}
