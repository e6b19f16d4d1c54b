/// How often each of many whole numbers came.
public struct Distribution: Sendable, Equatable {
    /// How many numbers there are.
    public private(set) var count = 0
    private var sum = 0
    private var counts: [Int: Int] = [:]

    /// Of no numbers.
    public init() {}

    /// Of some numbers.
    init(_ numbers: some Sequence<Int>) {
        for number in numbers { add(number) }
    }

    mutating func add(_ number: Int) {
        count += 1
        sum += number
        counts[number, default: 0] += 1
    }

    /// The mean; 0 of no numbers.
    public var mean: Double { count > 0 ? Double(sum) / Double(count) : 0 }

    /// The smallest number of which at least a share of all are not above it (nearest rank); 0 of
    /// no numbers.
    ///
    /// - Parameter share: 0 gives the smallest, 1 the largest.
    public func quantile(_ share: Double) -> Int { quantiles([share])[0] }

    /// Several quantiles.
    ///
    /// - Parameter shares: ascending.
    public func quantiles(_ shares: [Double]) -> [Int] {
        let sorted = counts.sorted { $0.key < $1.key }
        var found: [Int] = []
        var (passed, index) = (0, 0)
        for share in shares {
            let rank = max(1, Int((share * Double(count)).rounded(.up)))
            while index < sorted.count, passed + sorted[index].value < rank {
                passed += sorted[index].value
                index += 1
            }
            found.append(index < sorted.count ? sorted[index].key : sorted.last?.key ?? 0)
        }
        return found
    }

    /// A range of numbers, and how many lie in it.
    public struct Bin: Sendable, Equatable {
        /// Its numbers.
        public let range: Range<Int>
        /// How many of all lie there.
        public let count: Int
    }

    /// Bins of equal, round width from the smallest to the largest number.
    ///
    /// - Parameter limit: the most bins there may be, at least 2.
    public func bins(atMost limit: Int) -> [Bin] {
        precondition(limit >= 2, "two bins are needed where the smallest number is negative")
        guard let least = counts.keys.min(), let largest = counts.keys.max() else { return [] }
        func floor(_ number: Int, _ width: Int) -> Int {
            (number >= 0 ? number : number - width + 1) / width
        }
        var width = 1
        while floor(largest, width) - floor(least, width) >= limit { width *= 2 }
        var binned = Array(repeating: 0, count: floor(largest, width) - floor(least, width) + 1)
        for (number, count) in counts {
            binned[floor(number, width) - floor(least, width)] += count
        }
        let start = floor(least, width) * width
        return binned.enumerated().map { index, count in
            let lower = start + index * width
            return Bin(range: lower..<lower + width, count: count)
        }
    }
}
