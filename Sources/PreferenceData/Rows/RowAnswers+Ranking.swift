import OrderedJSON

extension RowAnswers {
    /// Columns that hold answers in any number.
    static let listKeys = ["completions", "responses", "answers"]

    private static let answerKeys = ["completion", "response", "text", "answer"]
    private static let scoreKeys = ["score", "rating", "overall_score", "reward"]
    private static let scoreListKeys = ["scores", "ratings"]

    /// Answers in any number.
    ///
    /// How good they are, tell, whichever comes first: ranks (the smaller the better), in the
    /// objects that hold the answers or in `ranks` beside them; index pairs in `pairs`, the better
    /// first, as in the original DPO; scores (the greater the better), in the objects or in
    /// `scores` or `ratings`; their order, the best first.
    static func ranked(
        _ row: JSONObject,
        _ key: String
    ) throws(DataError.Reason) -> RowAnswers {
        guard let elements = try row.list(key) else { throw .missingKey(key) }
        var answers = RowAnswers(values: [], judgement: .pair)
        var members: [JSONObject?] = []
        for (index, element) in elements.enumerated() {
            let place = "\(key)[\(index)]"
            // An object is one that holds an answer, or a turn itself.
            if let object = element.object, let key = object.first(of: answerKeys) {
                answers.values.append((place, try object.required(key)))
                members.append(object)
            } else {
                answers.values.append((place, element))
                members.append(nil)
            }
        }
        let scores = try numbers(of: scoreKeys, in: members, key)
        let scoreList = try numbers(row, row.first(of: scoreListKeys), key, elements.count)
        let ranks = try numbers(of: ["rank"], in: members, key)
        let rankList = try numbers(row, "ranks", key, elements.count)
        answers.scores = scores ?? scoreList
        let order: [Double]
        if let ranks = ranks ?? rankList {
            order = ranks
        } else if let pairs = try row.list("pairs") {
            order = try levels(pairs, count: elements.count)
        } else {
            order = answers.scores?.map { -$0 } ?? elements.indices.map(Double.init)
        }
        let levels = Set(order).sorted()
        guard levels.count > 1 else {
            throw .nothingToCompare(
                key: key,
                found: elements.count < 2
                    ? elements.count.counted("answer") : "answers that are all equally good"
            )
        }
        answers.judgement = .ranked(order.map { levels.firstIndex(of: $0) ?? 0 })
        return answers
    }

    /// A number of each object; nil where none has it.
    private static func numbers(
        of keys: [String],
        in members: [JSONObject?],
        _ list: String
    ) throws(DataError.Reason) -> [Double]? {
        guard let key = members.lazy.compactMap({ $0?.first(of: keys) }).first else { return nil }
        var numbers: [Double] = []
        for (index, object) in members.enumerated() {
            guard let number = try object?.number(key) else {
                throw .missingKey("\(list)[\(index)].\(key)")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// A list of one number per answer.
    private static func numbers(
        _ row: JSONObject,
        _ key: String?,
        _ answers: String,
        _ count: Int
    ) throws(DataError.Reason) -> [Double]? {
        guard let key, let list = try row.list(key) else { return nil }
        let numbers = list.compactMap(\.double)
        guard numbers.count == list.count, list.count == count else {
            throw .wrongType(
                key: key,
                found: numbers.count == list.count
                    ? "a list of \(list.count)" : "a list with something other than numbers in it",
                expected: "a list of \(count) numbers, one for each of \"\(answers)\""
            )
        }
        return numbers
    }

    /// Ranks under which exactly the given pairs of answers are compared.
    private static func levels(
        _ pairs: [JSONValue],
        count: Int
    ) throws(DataError.Reason) -> [Double] {
        var wins: Set<[Int]> = []
        for pair in pairs {
            let indices = pair.array?.compactMap(\.integer) ?? []
            guard indices.count == 2, indices.allSatisfy((0..<count).contains) else {
                throw .wrongType(
                    key: "pairs",
                    found: "a list with \(pair.text) in it",
                    expected: "pairs of indices below \(count), the better one first"
                )
            }
            wins.insert(indices)
        }
        // In a ranking, the number of answers that are better tells an answer's place.
        let order = (0..<count).map { answer in wins.count { $0[1] == answer } }
        for better in order.indices {
            for worse in order.indices
            where (order[better] < order[worse]) != wins.contains([better, worse]) {
                throw .wrongType(
                    key: "pairs",
                    found: "no ranking of all answers",
                    expected: "every answer before or beside every other; or a row for each pair"
                )
            }
        }
        return order.map(Double.init)
    }
}
