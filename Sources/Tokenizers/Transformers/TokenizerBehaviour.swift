/// Whose word holds where a folder's files and transformers' classes differ.
public enum TokenizerBehaviour: String, Sendable, CaseIterable {
    /// What `tokenizer.json` says, as the Rust library `tokenizers` does it.
    ///
    /// Tokens that only `tokenizer_config.json`, `special_tokens_map.json` or `added_tokens.json`
    /// define are no tokens here: the file is complete by itself, and every program that reads it
    /// alone, as servers of models do, gives the same ids. Folders of the older form, with
    /// `vocab.json` and `merges.txt`, have their added tokens nowhere else, so there they count.
    case file
    /// What `AutoTokenizer.from_pretrained` of transformers 5.23 makes of the folder.
    ///
    /// Many of its classes take the vocabulary and the merges from `tokenizer.json` and build all
    /// else themselves, and every class adds tokens that stand beside the file.
    case transformers
}
