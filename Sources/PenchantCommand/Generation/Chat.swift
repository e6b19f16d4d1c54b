import ArgumentParser
import ChatTemplates
import Files
import Foundation
import LanguageModels
import PreferenceData
import RunReports
import TextGeneration

/// `penchant chat`.
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk with a model, or with two side by side.",
        discussion: """
            Reads messages line by line from the terminal, or from standard input. /system TEXT \
            sets the system message and begins anew, /reset begins anew, /help tells of these, \
            /quit ends. Control-C stops an answer; Control-D, or Control-C twice, ends.
            """
    )

    @Option(
        help: ArgumentHelp("Folder of the model.", valueName: "folder"),
        transform: folderArgument
    )
    var model: URL

    @Option(
        help: ArgumentHelp(
            "Folder of a second model, which gets the same messages.",
            valueName: "folder"
        ),
        transform: folderArgument
    )
    var against: URL?

    @Option(help: "The system message.")
    var system: String?

    @OptionGroup(title: "Choice of tokens") var sampling: SamplingOptions
    @OptionGroup var tokenizer: TokenizerOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions

    func run() throws {
        let folders = [model] + (against.map { [$0] } ?? [])
        let settings = try folders.map {
            _ = try ModelFolder.open($0)
            return try sampling.settings(for: $0)
        }
        try compute.apply()
        let sides = try zip(folders, settings).map {
            ChatSide(try AnsweringModel($0, $1, behaviour: tokenizer.behaviour, compute))
        }
        let isTerminal = Terminal.isLive(.standardInput) && Terminal.isLive(.standardError)
        let editor = LineEditor(isTerminal: isTerminal) { Terminal.width(.standardError) }
        for side in sides {
            try side.answering.requireTemplate()
            side.begin(system: system)
        }
        try talk(sides, editor, isTerminal: isTerminal)
    }

    private func talk(_ sides: [ChatSide], _ editor: LineEditor, isTerminal: Bool) throws {
        if isTerminal { Console.status("/help tells what can be written beside messages") }
        let interruption = Interruption()
        var wasInterrupted = false
        while true {
            let line: String
            switch editor.read("> ") {
            case .end: return
            case .interrupt:
                if wasInterrupted { return }
                wasInterrupted = true
                Console.status("Control-C again or Control-D ends")
                continue
            case .line(let text): line = text
            }
            let text = line.trimmingCharacters(in: .whitespaces)
            let word = text.prefix { $0 != " " }
            switch word {
            case "": continue
            case "/quit": return
            case "/help": Console.status(Self.help)
            case "/reset": for side in sides { side.begin() }
            case "/system":
                let content = text.dropFirst(word.count).trimmingCharacters(in: .whitespaces)
                for side in sides { side.begin(system: content.isEmpty ? nil : content) }
            case _ where word.hasPrefix("/"):
                Console.status("there is no \(Console.visible(String(word)))\n\(Self.help)")
            default:
                do {
                    try interruption.whileListening { try answer(line, sides, interruption) }
                } catch let error as any InputError where isTerminal {
                    // A template may refuse a message: the conversation is not lost for that.
                    Console.error("\(error)")
                }
            }
            wasInterrupted = interruption.isWanted
        }
    }

    private static let help = """
        /system TEXT  set the system message (none without TEXT) and begin anew
        /reset        begin anew
        /quit         end
        """

    /// Columns from which on two answers stand beside each other.
    private static let wide = 100

    private func answer(
        _ message: String,
        _ sides: [ChatSide],
        _ interruption: Interruption
    ) throws {
        let isTerminal = Terminal.isLive(.standardOutput)
        let width = Terminal.width(.standardOutput)
        guard sides.count == 2, isTerminal, width >= Self.wide else {
            for side in sides {
                if sides.count > 1 { try Console.output("\(side.name):") }
                let answer = try side.answer(message) { text in
                    try Console.output(text: isTerminal ? Console.visible(text) : text)
                    return !interruption.isWanted
                }
                try Console.output("")
                Console.status("[\(answer.note)]")
            }
            return
        }
        // Both are made before they can stand beside each other.
        let answers = try sides.map { side in
            var count = 0
            return try side.answer(message) { _ in
                count += 1
                Console.status(text: "\r\(side.name): \(count.counted("token"))\u{1B}[K")
                return !interruption.isWanted
            }
        }
        Console.status(text: "\r\u{1B}[K")
        let columns = zip(sides, answers).map { side, answer in
            "\(side.name)\n\n\(Console.visible(answer.text))\n\n[\(answer.note)]"
        }
        for line in TextWidth.beside(columns[0], columns[1], width: width) {
            try Console.output(line)
        }
    }
}

/// A model's side of a conversation.
private final class ChatSide {
    let answering: AnsweringModel
    private var system: String?
    private var messages: [TemplateObject] = []
    /// What the model read of the conversation so far.
    private var sequence = CachedSequence()

    init(_ answering: AnsweringModel) { self.answering = answering }

    /// The last part of the folder's path.
    var name: String { Console.oneLine(answering.folder.lastPathComponent) }

    /// Begins anew with the system message as it is.
    func begin() { messages = system.map { [.message("system", $0)] } ?? [] }

    /// Begins anew with another system message.
    func begin(system: String?) {
        self.system = system
        begin()
    }

    /// An answer with what it took.
    struct Answer {
        var text: String
        var note: String
    }

    /// Answers a message; both then belong to the conversation.
    ///
    /// - Parameter body: takes the text of each token; where it returns false, the answer ends.
    func answer(_ message: String, _ body: (String) throws -> Bool) throws -> Answer {
        let asked = messages + [.message("user", message)]
        var prompt = try answering.prompt(
            ChatTemplateInput(asked, specialTokens: answering.templateTokens)
        )
        prompt.sequence = sequence
        let clock = ContinuousClock()
        let start = clock.now
        var answer = Answer(text: "", note: "")
        try answering.generator.complete([prompt]) { _, text in
            try body(text)
        } _: { _, completion in
            let seconds = start.duration(to: clock.now) / .seconds(1)
            let count = completion.tokens.count
            let rate = (Double(count) / max(seconds, 1e-9)).short
            var note = "\(count.counted("token")), \(rate) tokens/s"
            switch completion.end {
            case .endToken, .stopString: break
            case .length: note += ", cut at the limit"
            case .interrupted: note += ", stopped"
            }
            answer = Answer(text: completion.text, note: note)
        }
        messages = asked + [.message("assistant", answer.text)]
        return answer
    }
}
