import Files
import Foundation
import PreferenceData
import Tokenizers

/// Tells, before a model is trained or scored, where transformers would give it other token ids.
enum TokenizerNotice {
    /// Encodes the data again where transformers' class may give other ids, and says what differs.
    static func tell(
        of dataset: PreferenceDataset,
        _ data: [DataSource],
        _ processor: TextProcessor,
        in folder: URL,
        _ settings: DataSettings
    ) throws {
        // Rows of token ids only are the same with any tokenizer.
        guard dataset.report.tokenRows < dataset.report.pairsKept,
            let tokenizer = processor.encoder as? Tokenizer
        else { return }
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
        guard let other else { return }
        var differing = processor
        differing.encoder = other
        let affected = try differences(dataset.pairs, data, differing, settings)
        guard let first = affected.first else { return }
        Console.status(
            "\(affected.count.grouped) of \(dataset.pairs.count.counted("row")) get other token ids "
                + "in transformers' own tokenizer class (first: \(first)); "
                + "--tokenizer-behaviour transformers follows it"
        )
    }

    /// The places of the pairs that the other tokenizer makes otherwise, in order.
    private static func differences(
        _ pairs: [PreferencePair],
        _ data: [DataSource],
        _ other: TextProcessor,
        _ settings: DataSettings
    ) throws -> [RowSource] {
        var settings = settings
        settings.onBadRow = .skip
        var others: [RowSource: PreferencePair] = [:]
        do {
            let dataset = try PreferenceDataset.load(
                data,
                processor: other,
                settings: settings
            )
            for pair in dataset.pairs { others[pair.source] = pair }
        } catch is DataError {
            // No row is left, so all are affected.
        }
        return pairs.filter { others[$0.source] != $0 }.map(\.source)
    }
}
