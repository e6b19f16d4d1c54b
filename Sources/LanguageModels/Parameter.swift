import Safetensors
public import Torch

/// A weight of a model.
public struct Parameter {
    /// Its name in Hugging Face's files.
    public let name: String
    /// What the optimizer updates and what is saved: float32 where the weight is trained, as the
    /// file has it where it is frozen.
    public let master: Tensor
    /// What the layers compute with and collect gradients in.
    ///
    /// In the compute dtype; the master itself where that is its dtype.
    public let value: Tensor
    /// The numbers in the model's file, where the weight is a view of them, which it is to the end or,
    /// where it is trained, until it first changes; nil where their pages are not to be released.
    var pages: TensorBytes?

    /// Takes what layers compute with out of memory, where it lies in a file.
    package func releasePages() {
        pages?.releasePages()
        value.releasePages()
    }
}
