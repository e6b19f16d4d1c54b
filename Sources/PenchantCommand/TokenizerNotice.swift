import Files
import Foundation
import PreferenceData
import Tokenizers

/// Tells, before a model is trained or scored, where transformers would give it other token ids.
enum TokenizerNotice {
    /// Encodes the data again where transformers' class may give other ids, and says what differs.
    ///
    /// - Parameter load: loads the same data, but for bad rows, with transformers' tokenizer.
    static func tell(
        of dataset: PreferenceDataset,
        _ tokenizer: Tokenizer,
        in folder: URL,
        load: () throws -> PreferenceDataset
    ) throws {
        // Rows of token ids only are the same with any tokenizer.
        guard dataset.report.tokenRows < dataset.report.pairsKept else { return }
        let other: Tokenizer?
        do {
            other = try tokenizer.differingInTransformers(folder: folder)
        } catch let error as any InputError {
            // Nothing depends on the comparison, but that there is none is worth a line.
            return Console.status(
                "token ids are not compared with those of transformers' own tokenizer class: "
                    + Console.oneLine("\(error)")
            )
        }
        guard other != nil else { return }
        var others: PreferenceDataset?
        do {
            others = try load()
        } catch is DataError {
            // No row is left, so all are affected.
        }
        let affected = differences(dataset, others)
        guard let first = affected.first else { return }
        Console.status(
            "\(affected.count.grouped) of \(dataset.count.counted("row")) get other token ids "
                + "in transformers' own tokenizer class (first: \(first)); "
                + "--tokenizer-behaviour transformers follows it"
        )
    }

    /// How many rows the other tokenizer makes otherwise, and the place of the first.
    private static func differences(
        _ dataset: PreferenceDataset,
        _ others: PreferenceDataset?
    ) -> (count: Int, first: RowSource?) {
        var count = 0
        var first: RowSource?
        // Both have the rows in their order, and either may lack some.
        var other = 0
        let end = others?.count ?? 0
        for index in dataset.indices {
            let row = dataset.row(index)
            while other < end, let found = others?.row(other), found < row { other += 1 }
            let isThere = other < end && others?.row(other) == row
            let preference = dataset[index]
            if isThere, others?[other] == preference { continue }
            count += 1
            first = first ?? preference.source
        }
        return (count, first)
    }
}
