extension Text {
    func hasPrefix(_ prefix: Text) -> Bool { bytes.starts(with: prefix.bytes) }

    func hasSuffix(_ suffix: Text) -> Bool {
        bytes.count >= suffix.bytes.count
            && bytes[(bytes.count - suffix.bytes.count)...].elementsEqual(suffix.bytes)
    }

    /// The first byte at or after `start` where `needle` lies inside `..<end`.
    ///
    /// The search is the simple one, so it pays for its comparisons.
    func firstOffset(
        of needle: Text,
        from start: Int,
        to end: Int? = nil,
        _ budget: Budget
    ) throws -> Int? {
        let needle = needle.bytes
        let last = (end ?? bytes.count) - needle.count
        guard let first = needle.first else { return start <= last ? start : nil }
        guard start <= last else { return nil }
        var work = 0
        let found = bytes.withUnsafeBufferPointer { bytes -> Int? in
            for offset in start...last where bytes[offset] == first {
                work += 1
                var matched = 1
                while matched < needle.count, bytes[offset + matched] == needle[matched] {
                    matched += 1
                }
                work += matched
                if matched == needle.count { return offset }
                // What one search may cost at most before the budget is asked.
                if work > 1 << 26 { return nil }
            }
            return nil
        }
        if work > 1 << 26 { throw Failure.limit("a search in a text takes too many steps") }
        try budget.step(((found ?? last) - start + work) >> 6)
        return found
    }

    /// The last byte where `needle` lies inside `start..<end`.
    func lastOffset(
        of needle: Text,
        from start: Int = 0,
        to end: Int? = nil,
        _ budget: Budget
    ) throws -> Int? {
        let needle = needle.bytes
        var offset = (end ?? bytes.count) - needle.count
        var work = 0
        defer { work = 0 }
        while offset >= start {
            var matched = 0
            while matched < needle.count, bytes[offset + matched] == needle[matched] {
                matched += 1
            }
            work += matched + 1
            if work > 1 << 12 {
                try budget.step(work >> 6)
                work = 0
            }
            if matched == needle.count {
                // An empty needle is found between code points only.
                if offset == bytes.count || bytes[offset] & 0xC0 != 0x80 { return offset }
            }
            offset -= 1
        }
        return nil
    }

    func contains(_ needle: Text, _ budget: Budget) throws -> Bool {
        try firstOffset(of: needle, from: 0, budget) != nil
    }

    /// The parts between separators: `str.split(separator, limit)`; a negative limit means all.
    func split(by separator: Text, limit: Int, _ budget: Budget) throws -> [Text] {
        guard !separator.isEmpty else { throw Failure.runtime("empty separator") }
        var parts: [Text] = []
        var start = 0
        while limit < 0 || parts.count < limit,
            let offset = try firstOffset(of: separator, from: start, budget)
        {
            try budget.allocate(offset - start + 64)
            parts.append(Text(bytes[start..<offset], isMarkup: isMarkup))
            start = offset + separator.bytes.count
        }
        try budget.allocate(bytes.count - start + 64)
        parts.append(Text(bytes[start...], isMarkup: isMarkup))
        return parts
    }

    /// The same from the right: `str.rsplit(separator, limit)`.
    func splitFromRight(by separator: Text, limit: Int, _ budget: Budget) throws -> [Text] {
        guard !separator.isEmpty else { throw Failure.runtime("empty separator") }
        var parts: [Text] = []
        var end = bytes.count
        while limit < 0 || parts.count < limit,
            let offset = try lastOffset(of: separator, to: end, budget)
        {
            let start = offset + separator.bytes.count
            try budget.allocate(end - start + 64)
            parts.append(Text(bytes[start..<end], isMarkup: isMarkup))
            end = offset
        }
        try budget.allocate(end + 64)
        parts.append(Text(bytes[..<end], isMarkup: isMarkup))
        return parts.reversed()
    }

    /// The words between runs of blanks: `str.split(None, limit)` and `str.rsplit(None, limit)`.
    func splitAtBlanks(limit: Int, fromRight: Bool, _ budget: Budget) throws -> [Text] {
        var words: [Text] = []
        var rest = stripped(fromRight ? .right : .left)
        try budget.allocate(bytes.count)
        if fromRight {
            while !rest.isEmpty {
                guard limit < 0 || words.count < limit else {
                    words.append(rest)
                    break
                }
                try budget.allocate(64)
                var start = rest.bytes.count
                while start > 0 {
                    var first = start - 1
                    while first > 0, rest.bytes[first] & 0xC0 == 0x80 { first -= 1 }
                    if rest.scalar(at: first).scalar.isPythonSpace { break }
                    start = first
                }
                words.append(Text(rest.bytes[start...], isMarkup: isMarkup))
                try budget.step(start >> 6)
                rest = Text(rest.bytes[..<start], isMarkup: isMarkup).stripped(.right)
            }
            return words.reversed()
        }
        var offset = 0
        while offset < rest.bytes.count {
            guard limit < 0 || words.count < limit else {
                words.append(Text(rest.bytes[offset...], isMarkup: isMarkup))
                break
            }
            try budget.allocate(64)
            let start = offset
            var end = rest.bytes.count
            while offset < rest.bytes.count {
                let (scalar, next) = rest.scalar(at: offset)
                if scalar.isPythonSpace {
                    end = offset
                    break
                }
                offset = next
            }
            words.append(Text(rest.bytes[start..<end], isMarkup: isMarkup))
            while offset < rest.bytes.count {
                let (scalar, next) = rest.scalar(at: offset)
                guard scalar.isPythonSpace else { break }
                offset = next
            }
        }
        return words
    }

    /// With occurrences replaced: `str.replace(old, new, limit)`; a negative limit means all.
    func replacing(_ old: Text, with new: Text, limit: Int, _ budget: Budget) throws -> Text {
        var builder = TextBuilder(budget)
        if old.isEmpty {
            var left = limit < 0 ? Int.max : limit
            for character in characters {
                if left > 0 {
                    try builder.append(new)
                    left -= 1
                }
                try builder.append(character)
            }
            if left > 0 { try builder.append(new) }
            return try builder.text(isMarkup: isMarkup)
        }
        var start = 0
        var done = 0
        while limit < 0 || done < limit,
            let offset = try firstOffset(of: old, from: start, budget)
        {
            try builder.append(bytes[start..<offset])
            try builder.append(new)
            start = offset + old.bytes.count
            done += 1
        }
        if done == 0 { return self }
        try builder.append(bytes[start...])
        return try builder.text(isMarkup: isMarkup)
    }

    /// How often `needle` lies in bytes `start..<end`, without overlaps: `str.count`.
    func occurrences(of needle: Text, from start: Int, to end: Int, _ budget: Budget) throws -> Int
    {
        if needle.isEmpty { return start <= end ? bytes[start..<end].codePointCount + 1 : 0 }
        var count = 0
        var start = start
        while let offset = try firstOffset(of: needle, from: start, to: end, budget) {
            count += 1
            start = offset + needle.bytes.count
        }
        return count
    }
}
