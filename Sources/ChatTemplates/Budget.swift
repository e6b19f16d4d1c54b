/// What one rendering may still use up of its `TemplateLimits`.
final class Budget {
    let limits: TemplateLimits
    private var stepsLeft: Int
    private var bytesLeft: Int
    private var depth = 0
    private let stack = StackGauge()

    init(_ limits: TemplateLimits) {
        self.limits = limits
        stepsLeft = limits.steps
        bytesLeft = limits.bytes
    }

    /// Pays for work before it is done.
    func step(_ count: Int = 1) throws {
        guard count <= stepsLeft else {
            stepsLeft = 0
            throw Failure.limit("rendering takes more than \(limits.steps) steps")
        }
        stepsLeft -= count
    }

    /// Pays for going through a text byte by byte.
    func scan(_ text: Text) throws { try step(text.bytes.count >> 6) }

    /// Pays for going through a text code point by code point, which costs more.
    func walk(_ text: Text) throws { try step(text.bytes.count >> 3) }

    /// Pays for memory before it is taken.
    func allocate(_ bytes: Int) throws {
        guard bytes <= bytesLeft else {
            bytesLeft = 0
            throw Failure.limit("rendering takes more than \(limits.bytes) bytes of memory")
        }
        bytesLeft -= bytes
        // Making bytes is work too: this bounds the time of operations on long texts.
        try step(bytes >> 8)
    }

    /// Pays for `count` times `size` bytes, where the product may be too large for an integer.
    func allocate(_ count: Int, times size: Int) throws {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        try allocate(overflow ? Int.max : max(0, bytes))
    }

    /// Pays for a list of so many values.
    func allocateValues(_ count: Int) throws {
        try allocate(count, times: MemoryLayout<Value>.stride)
        try step(count >> 2)
    }

    /// Goes one level down; every call is paired with `leave()`.
    func enter() throws {
        guard depth < limits.depth, stack.used < limits.stackBytes else {
            throw Failure.limit("maximum recursion depth exceeded (\(depth) levels)")
        }
        depth += 1
    }

    /// Comes one level up again.
    func leave() { depth -= 1 }
}
