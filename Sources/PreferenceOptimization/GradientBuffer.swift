import LanguageModels
import Torch

/// The gradients of a step, collected over its micro-batches in the masters' dtype.
///
/// Autograd adds them up itself where layers compute in that dtype. Where they do not, for 16 bits
/// would swallow small shares, each is added here in float32 as soon as the backward has it; and
/// where they lie in a file, each leaves memory then.
final class GradientBuffer {
    private let parameters: [Parameter]
    /// Where each gradient lies, where that is a file; else nil.
    private let places: [Tensor]?
    /// Sums for weights whose layers compute in another dtype; nil before there is any share.
    private var sums: [Tensor?]

    /// - Parameter memory: where they lie.
    init(_ parameters: [Parameter], in memory: KeptMemory = .ofDevice) throws(TorchError) {
        self.parameters = parameters
        sums = Array(repeating: nil, count: parameters.count)
        switch memory {
        case .ofDevice: places = nil
        case .file(let file):
            places = try parameters.map { (parameter) throws(TorchError) in
                try file.zeros(parameter.master.shape, parameter.master.dtype)
            }
        }
        for index in parameters.indices where places != nil || isSummedHere(index) {
            try parameters[index].value.afterGradient { [weak self] () throws(TorchError) in
                try self?.take(index)
            }
        }
    }

    deinit {
        for parameter in parameters { try? parameter.value.afterGradient(nil) }
    }

    private func isSummedHere(_ index: Int) -> Bool {
        parameters[index].value !== parameters[index].master
    }

    /// Begins a step, without gradients.
    func begin() throws(TorchError) {
        try clear()
        guard let places else { return }
        for (index, place) in places.enumerated() where !isSummedHere(index) {
            try place.fillInPlace(0)
            place.releasePages()
            // Autograd adds to what is there, in place.
            try parameters[index].value.setGradient(place)
        }
    }

    /// Takes over what a micro-batch's backward left in the layers' weights.
    func collect() throws(TorchError) {
        for index in parameters.indices { try take(index) }
    }

    /// Takes over what a weight has of its gradient.
    private func take(_ index: Int) throws(TorchError) {
        let value = parameters[index].value
        guard isSummedHere(index) else {
            guard let places else { return }
            places[index].releasePages()
            parameters[index].releasePages()
            return
        }
        guard let gradient = value.gradient else { return }
        try value.setGradient(nil)
        if let sum = sums[index] {
            try sum.addInPlace(gradient)
        } else if let place = places?[index] {
            try place.copyInPlace(gradient)
            sums[index] = place
        } else {
            sums[index] = try gradient.to(parameters[index].master.dtype)
        }
        sums[index]?.releasePages()
        parameters[index].releasePages()
    }

    /// One gradient per parameter; zeros where nothing flowed to it.
    func gradients() throws(TorchError) -> [Tensor] {
        try parameters.indices.map { (index) throws(TorchError) in
            let master = parameters[index].master
            if let gradient = isSummedHere(index) ? sums[index] : master.gradient {
                return gradient
            }
            return try Tensor.zeros(master.shape, master.dtype, on: master.device)
        }
    }

    /// Lets all gradients go.
    func clear() throws(TorchError) {
        for (index, parameter) in parameters.enumerated() {
            try parameter.value.setGradient(nil)
            sums[index] = nil
        }
    }
}
