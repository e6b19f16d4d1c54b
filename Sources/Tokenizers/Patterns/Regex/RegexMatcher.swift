/// Runs a program over a text, going back to the last choice where it fails.
///
/// Every instruction is a step; where the steps are used up, nothing more is found.
struct RegexMatcher {
    private enum Frame {
        case choice(instruction: Int, position: Int)
        /// A greedy run that can still give back scalars down to `minimum`.
        case shorter(instruction: Int, position: Int, minimum: Int)
        /// A lazy run that can still take so many more.
        case longer(instruction: Int, position: Int, set: Int, left: Int)
        case capture(index: Int, ClosedRange<Int>?)
        case start(index: Int, Int)
        case register(index: Int, Int)
    }

    private let program: RegexProgram
    private let text: UnsafeBufferPointer<UInt8>
    private var frames: [Frame] = []
    private var captures: [ClosedRange<Int>?]
    private var captureStarts: [Int]
    private var registers: [Int]
    private var stepsLeft: Int

    /// - Parameter steps: how many steps all matching over this text may take together.
    init(_ program: RegexProgram, _ text: UnsafeBufferPointer<UInt8>, steps: Int) {
        self.program = program
        self.text = text
        captures = Array(repeating: nil, count: program.captureCount + 1)
        captureStarts = Array(repeating: 0, count: program.captureCount + 1)
        registers = Array(repeating: -1, count: program.registerCount)
        stepsLeft = steps
    }

    var isExhausted: Bool { stepsLeft <= 0 }

    /// The end of a match that begins at the position, or nil.
    mutating func match(at position: Int) -> Int? {
        frames.removeAll(keepingCapacity: true)
        for index in captures.indices { captures[index] = nil }
        return run(from: 0, at: position)
    }

    private mutating func run(from instruction: Int, at start: Int) -> Int? {
        let base = frames.count
        var counter = instruction
        var position = start
        while true {
            stepsLeft -= 1
            if stepsLeft <= 0 {
                frames.removeLast(frames.count - base)
                return nil
            }
            var succeeds = true
            switch program.instructions[counter] {
            case .accept:
                // Choices within a part that is run alone are not come back to.
                dropChoices(from: base)
                return position
            case .set(let set):
                if position < text.count {
                    succeeds = program.sets[set].contains(
                        UTF8Scanner.scalar(text, at: &position)
                    )
                } else {
                    succeeds = false
                }
                counter += 1
            case .run(let set, let minimum, let maximum, let greed):
                succeeds = takeRun(counter + 1, set, minimum, maximum, greed, &position)
                counter += 1
            case .split(let first, let second):
                frames.append(.choice(instruction: second, position: position))
                counter = first
            case .jump(let place): counter = place
            case .startCapture(let index):
                frames.append(.start(index: index, captureStarts[index]))
                captureStarts[index] = position
                counter += 1
            case .endCapture(let index):
                frames.append(.capture(index: index, captures[index]))
                captures[index] = captureStarts[index]...position
                counter += 1
            case .startPass(let register):
                frames.append(.register(index: register, registers[register]))
                registers[register] = position
                counter += 1
            case .endPass(let register, let exit):
                counter = registers[register] == position ? exit : counter + 1
            case .look(let isAhead, let isNegated, let lengths, let end):
                let found =
                    isAhead
                    ? run(from: counter + 1, at: position) != nil
                    : looksBehind(counter + 1, position, lengths)
                succeeds = found != isNegated
                counter = end
            case .atomic(let end):
                if let place = run(from: counter + 1, at: position) {
                    position = place
                } else {
                    succeeds = false
                }
                counter = end
            case .assertion(let assertion):
                succeeds = holds(assertion, position)
                counter += 1
            case .backReference(let index, let ignoresCase):
                succeeds = takeReference(index, ignoresCase, &position)
                counter += 1
            }
            if !succeeds, !goBack(to: base, &counter, &position) { return nil }
        }
    }

    /// Removes the choices above a height and keeps what undoes captures.
    private mutating func dropChoices(from base: Int) {
        guard base > 0 else { return }
        let kept = frames[base...].filter {
            switch $0 {
            case .capture, .start, .register: true
            case .choice, .shorter, .longer: false
            }
        }
        frames.replaceSubrange(base..., with: kept)
    }

    private mutating func goBack(to base: Int, _ counter: inout Int, _ position: inout Int) -> Bool
    {
        while frames.count > base, let frame = frames.popLast() {
            stepsLeft -= 1
            switch frame {
            case .choice(let instruction, let place):
                (counter, position) = (instruction, place)
                return true
            case .shorter(let instruction, let place, let minimum):
                let shorter = UTF8Scanner.start(text, before: place)
                if shorter > minimum {
                    frames.append(
                        .shorter(instruction: instruction, position: shorter, minimum: minimum)
                    )
                }
                (counter, position) = (instruction, shorter)
                return true
            case .longer(let instruction, let place, let set, let left):
                var next = place
                guard place < text.count,
                    program.sets[set].contains(UTF8Scanner.scalar(text, at: &next))
                else { continue }
                if left > 1 {
                    frames.append(
                        .longer(
                            instruction: instruction,
                            position: next,
                            set: set,
                            left: left - 1
                        )
                    )
                }
                (counter, position) = (instruction, next)
                return true
            case .capture(let index, let range): captures[index] = range
            case .start(let index, let place): captureStarts[index] = place
            case .register(let index, let value): registers[index] = value
            }
        }
        return false
    }

    /// Takes a run of scalars of a set, and notes what else could have been taken.
    private mutating func takeRun(
        _ next: Int,
        _ setIndex: Int,
        _ minimum: Int,
        _ maximum: Int,
        _ greed: RegexNode.Greed,
        _ position: inout Int
    ) -> Bool {
        let set = program.sets[setIndex]
        var count = 0
        var least = position
        let limit = greed == .lazy ? minimum : maximum
        while count < limit, position < text.count {
            var place = position
            guard set.contains(UTF8Scanner.scalar(text, at: &place)) else { break }
            position = place
            count += 1
            if count == minimum { least = position }
        }
        stepsLeft -= count / 8
        guard count >= minimum else { return false }
        switch greed {
        case .greedy:
            if position > least {
                frames.append(.shorter(instruction: next, position: position, minimum: least))
            }
        case .lazy:
            if maximum > minimum {
                frames.append(
                    .longer(
                        instruction: next,
                        position: position,
                        set: setIndex,
                        left: maximum - minimum
                    )
                )
            }
        case .possessive: break
        }
        return true
    }

    private mutating func looksBehind(_ instruction: Int, _ position: Int, _ lengths: [Int]) -> Bool
    {
        for length in lengths {
            var start = position
            var left = length
            while left > 0, start > 0 {
                start = UTF8Scanner.start(text, before: start)
                left -= 1
            }
            if left == 0, run(from: instruction, at: start) == position { return true }
        }
        return false
    }

    private func takeReference(_ index: Int, _ ignoresCase: Bool, _ position: inout Int) -> Bool {
        guard let range = captures[index] else { return false }
        var place = range.lowerBound
        while place < range.upperBound {
            guard position < text.count else { return false }
            let expected = UTF8Scanner.scalar(text, at: &place)
            let found = UTF8Scanner.scalar(text, at: &position)
            guard
                expected == found
                    || ignoresCase
                        && CaseFolding.folded(expected) == CaseFolding.folded(found)
            else { return false }
        }
        return true
    }

    private func holds(_ assertion: RegexNode.Assertion, _ position: Int) -> Bool {
        switch assertion {
        case .startOfText: position == 0
        case .endOfText: position == text.count
        case .startOfLine:
            position == 0 || text[position - 1] == 0x0A && position < text.count
        case .endOfLine: position == text.count || text[position] == 0x0A
        case .endOfTextOrLastNewline:
            position == text.count || position == text.count - 1 && text[position] == 0x0A
        case .wordBoundary:
            WordBoundary.isWord(text, before: position) != WordBoundary.isWord(text, at: position)
        case .noWordBoundary:
            WordBoundary.isWord(text, before: position) == WordBoundary.isWord(text, at: position)
        }
    }
}
