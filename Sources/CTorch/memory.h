// Memory of tensors on the CPU that libtorch's own functions do not give.
#pragma once

#include "shim.h"

namespace ctorch {

/// Zeros that are kept for long, apart from what every step takes and gives back: their pages come
/// from the system when they are first touched, and go back to it.
at::Tensor kept_zeros(at::IntArrayRef sizes, at::ScalarType dtype);

/// A tensor that is changed in place next: where its numbers were lent, they are copied first.
at::Tensor &to_change(ctorch_tensor tensor);

/// The same for several.
std::vector<at::Tensor> all_to_change(const ctorch_tensor *tensors, size_t count);

}  // namespace ctorch
