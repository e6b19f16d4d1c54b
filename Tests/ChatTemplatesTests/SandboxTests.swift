import ChatTemplates
import Testing

/// What the sandbox hides.
///
/// Expected texts: made with transformers 5.23 and jinja2 3.1.6 from the same templates and variables.
/// jinja2 knows only lines of errors; their columns are checked to be where a reader would look.
struct SandboxTests {
    @Test("the sandbox come out as in Python", arguments: rendered)
    func renders(row: Rendered) throws { try row.check() }

    @Test("the sandbox: errors say what and where", arguments: refused)
    func refuses(row: Refused) throws { try row.check() }

    static let rendered: [Rendered] = [
        Rendered("{{ l.append }}", ""),
        Rendered("{{ d.update }}", ""),
        Rendered("{{ d.pop is defined }}", "False"),
        Rendered("{{ l.sort is undefined }}", "True"),
        Rendered("{{ l.__class__ }}", ""),
        Rendered("{{ ''.__class__ }}", ""),
        Rendered("{{ d.__class__ }}", ""),
        Rendered("{{ d['__class__'] }}", ""),
        Rendered("{{ l.copy() }}", "[1, 2, 3]"),
        Rendered("{{ d.copy() }}", "{'a': 1, 'b': {'c': 'x'}}"),
        Rendered("{{ d._private }}|", "|"),
        Rendered("{{ raise_exception.__globals__ }}", ""),
        Rendered("{{ namespace.__init__ }}", ""),
        Rendered("{{ dict.__init__ }}", ""),
        Rendered("{{ '{0.__class__}'.format(1) }}", ""),
        Rendered("{{ '{a.b}'.format(a={'b': 2}) }}", "2"),
        Rendered("{{ l['append'] }}", ""),
        Rendered("{{ d['update'] }}", ""),
    ]

    static let refused: [Refused] = [
        Refused(
            "{{ l.append(1) }}",
            .runtime,
            1,
            12,
            "access to attribute 'append' of 'list' object is unsafe."
        ),
        Refused(
            "{{ d.update({'x':1}) }}",
            .runtime,
            1,
            12,
            "access to attribute 'update' of 'dict' object is unsafe."
        ),
        Refused(
            "{{ d.pop('a') }}",
            .runtime,
            1,
            9,
            "access to attribute 'pop' of 'dict' object is unsafe."
        ),
        Refused(
            "{{ d.setdefault('a', 1) }}",
            .runtime,
            1,
            16,
            "access to attribute 'setdefault' of 'dict' object is unsafe."
        ),
        Refused(
            "{{ 'a'.__class__.__mro__ }}",
            .runtime,
            1,
            17,
            "access to attribute '__class__' of 'str' object is unsafe."
        ),
        Refused(
            "{{ l.pop() }}",
            .runtime,
            1,
            9,
            "access to attribute 'pop' of 'list' object is unsafe."
        ),
        Refused(
            "{{ d.clear() }}",
            .runtime,
            1,
            11,
            "access to attribute 'clear' of 'dict' object is unsafe."
        ),
        Refused(
            "{{ l.insert(0,1) }}",
            .runtime,
            1,
            12,
            "access to attribute 'insert' of 'list' object is unsafe."
        ),
        Refused(
            "{{ cycler.__init__.__globals__ }}",
            .runtime,
            1,
            19,
            "access to attribute '__init__' of 'function' object is unsafe."
        ),
    ]
}
