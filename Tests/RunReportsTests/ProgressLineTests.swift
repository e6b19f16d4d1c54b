import Foundation
import Testing

@testable import RunReports

/// Collects what is written, and tells a time that is set by hand.
private final class Screen {
    var texts: [String] = []
    var now = 1000.0
    var width = 200

    func progress(
        total: Int,
        done: Int = 0,
        live: Bool,
        interval: ProgressLine.Interval = .seconds(10)
    ) -> ProgressLine {
        ProgressLine(
            total: total,
            done: done,
            isTerminal: live,
            width: self.width,
            interval: interval,
            clock: { self.now },
            write: { self.texts.append($0) }
        )
    }
}

@Suite("ProgressLine")
struct ProgressLineTests {
    let values = ProgressValues(
        loss: 0.693147,
        margin: 0.01234,
        accuracy: 0.625,
        tokensPerSecond: 1234.5
    )

    @Test("a live line has everything, ends what was there before, and ends with a newline")
    func live() {
        let screen = Screen()
        let progress = screen.progress(total: 200, live: true)
        screen.now += 2
        progress.update(step: 50, values)
        screen.now += 6
        progress.update(step: 200, ProgressValues(loss: 0.5))
        progress.finish()
        progress.finish()
        #expect(
            screen.texts == [
                "\r 50/200  [====>             ]  loss 0.6931  margin 0.01234  accuracy 0.6250"
                    + "  1234 tokens/s  6s left\u{1B}[K",
                "\r200/200  [==================]  loss 0.5000  0s left\u{1B}[K",
                "\n",
            ]
        )
    }

    @Test("a narrow terminal loses fields from the right, never wraps, and may grow again")
    func narrow() {
        let fields = ProgressLine.fields(
            step: 7,
            total: 10,
            values: values,
            secondsLeft: 75,
            bar: true
        )
        let whole =
            " 7/10  [============>     ]  loss 0.6931  margin 0.01234  accuracy 0.6250"
            + "  1234 tokens/s  1m15s left"
        #expect(ProgressLine.joined(fields, width: 101) == whole)
        #expect(ProgressLine.joined(fields, width: whole.count) == whole)
        #expect(
            ProgressLine.joined(fields, width: whole.count - 1) == String(whole.dropLast(12))
        )
        #expect(
            ProgressLine.joined(fields, width: 40) == " 7/10  [============>     ]  loss 0.6931"
        )
        #expect(ProgressLine.joined(fields, width: 39) == " 7/10  [============>     ]")
        #expect(ProgressLine.joined(fields, width: 26) == " 7/10")
        #expect(ProgressLine.joined(fields, width: 3) == " 7/")
        #expect(ProgressLine.joined(fields, width: 0) == "")
        #expect(ProgressLine.joined(fields, width: -1) == "")
        for width in 0...120 {
            #expect(ProgressLine.joined(fields, width: width).count <= width)
        }

        let screen = Screen()
        let progress = screen.progress(total: 10, live: true)
        // One column stays free.
        screen.width = 6
        progress.update(step: 1, values)
        screen.width = 28
        screen.now += 1
        progress.update(step: 2, values)
        #expect(
            screen.texts == ["\r 1/10\u{1B}[K", "\r 2/10  [===>              ]\u{1B}[K"]
        )
    }

    @Test("a live line renews itself ten times a second at most; the first and the last step show")
    func liveInterval() {
        let screen = Screen()
        let progress = screen.progress(total: 100, live: true)
        for step in 1...100 {
            screen.now += 0.0401
            progress.update(step: step, ProgressValues())
        }
        // Every third step, and the last of all.
        #expect(screen.texts.count == 34)
        #expect(screen.texts.last?.hasPrefix("\r100/100") == true)
    }

    @Test("plain lines come at most once in an interval, the first and the last always")
    func plain() {
        let screen = Screen()
        let progress = screen.progress(total: 9, live: false, interval: .seconds(10))
        for step in 1...9 {
            screen.now += 4
            progress.update(step: step, ProgressValues(loss: Double(step)))
        }
        progress.finish()
        #expect(
            screen.texts == [
                "1/9  loss 1.000  32s left\n", "4/9  loss 4.000  20s left\n",
                "7/9  loss 7.000  8s left\n", "9/9  loss 9.000  0s left\n",
            ]
        )
    }

    @Test("plain lines may come every so many steps instead")
    func plainSteps() {
        let screen = Screen()
        let progress = screen.progress(total: 12, live: false, interval: .steps(5))
        for step in 1...12 { progress.update(step: step, ProgressValues()) }
        progress.finish()
        #expect(screen.texts.map { $0.prefix(5) } == [" 1/12", " 5/12", "10/12", "12/12"])
    }

    @Test("a run that stops early shows its last step")
    func stopped() {
        for live in [true, false] {
            let screen = Screen()
            let progress = screen.progress(total: 9, live: live)
            progress.update(step: 1, ProgressValues())
            progress.update(step: 2, ProgressValues(loss: .nan))
            #expect(screen.texts.count == 1)
            progress.finish()
            #expect(screen.texts.joined().contains("2/9"))
            #expect(screen.texts.joined().contains("loss NaN"))
            #expect(screen.texts.last?.hasSuffix("\n") == true)
        }
    }

    @Test("a run that ends before its first step shows nothing")
    func nothing() {
        let screen = Screen()
        screen.progress(total: 9, live: true).finish()
        #expect(screen.texts.isEmpty)
    }

    @Test("in a resumed run only the steps of this run count for the time left")
    func resumed() {
        let screen = Screen()
        let progress = screen.progress(total: 100, done: 90, live: false)
        screen.now += 6
        progress.update(step: 92, ProgressValues())
        #expect(screen.texts == [" 92/100  24s left\n"])
    }

    @Test("the live line can be taken away for something else")
    func clear() {
        let screen = Screen()
        let progress = screen.progress(total: 9, live: true)
        progress.clear()
        progress.update(step: 1, ProgressValues())
        progress.clear()
        progress.clear()
        progress.finish()
        #expect(screen.texts.dropFirst() == ["\r\u{1B}[K"])
    }

    @Test("the bar is empty at the beginning, full at the end, and never longer")
    func bar() {
        func bar(_ step: Int, _ total: Int) -> String {
            ProgressLine.progressBar(step: step, total: total, width: 12)
        }
        #expect(bar(0, 100) == "[>         ]")
        #expect(bar(9, 100) == "[>         ]")
        #expect(bar(55, 100) == "[=====>    ]")
        #expect(bar(99, 100) == "[=========>]")
        #expect(bar(100, 100) == "[==========]")
        #expect(bar(101, 100) == "[==========]")
        #expect(bar(-1, 100) == "[>         ]")
        #expect(bar(0, 0) == "[==========]")
    }
}

@Suite("Terminal")
struct TerminalTests {
    @Test("a pipe is no terminal, and 80 columns wide unless COLUMNS says otherwise")
    func pipe() {
        let pipe = Pipe().fileHandleForWriting
        #expect(!Terminal.isLive(pipe))
        #expect(Terminal.width(pipe, environment: [:]) == 80)
        #expect(Terminal.width(pipe, environment: ["COLUMNS": "132"]) == 132)
        #expect(Terminal.width(pipe, environment: ["COLUMNS": "0"]) == 80)
        #expect(Terminal.width(pipe, environment: ["COLUMNS": "wide"]) == 80)
    }
}
