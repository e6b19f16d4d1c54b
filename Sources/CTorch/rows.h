// What passes over the rows of tensors have in common, on the CPU: float32 or bfloat16 numbers go
// in and out, and each pass is compiled for several processors.
#pragma once

#include <algorithm>

#include "lanes.h"
#include "shim.h"

/// Goes over a row's numbers, sixteen at a time: `i` is the first's place, `left` how many follow.
#define FOR_LANES(size) \
  for (int64_t i = 0, left = (size); left > 0; i += lane_count, left -= lane_count)

/// The functions `name_rows`, for float32 and for bfloat16, that call the template `name`.
#define FOR_BOTH(name, arguments, ...)                            \
  CTORCH_FOR_EACH_CPU void name##_rows arguments(float) {         \
    name(__VA_ARGS__);                                            \
  }                                                               \
  CTORCH_FOR_EACH_CPU void name##_rows arguments(BFloat16) {      \
    name(__VA_ARGS__);                                            \
  }

namespace ctorch {

/// About how many numbers a thread gets at least.
constexpr int64_t grain = 16384;

inline int64_t grain_rows(int64_t size) {
  return std::max<int64_t>(1, grain / std::max<int64_t>(1, size));
}

/// Calls `body` with a null pointer of the numbers' type.
template <class Body> void for_dtype(const at::Tensor &tensor, Body &&body) {
  switch (tensor.scalar_type()) {
  case at::kFloat: return body(static_cast<float *>(nullptr));
  case at::kBFloat16: return body(static_cast<BFloat16 *>(nullptr));
  default: TORCH_CHECK(false, "float32 or bfloat16 is needed, not ", tensor.scalar_type());
  }
}

template <class Number> Number *numbers(const at::Tensor &tensor) {
  return static_cast<Number *>(tensor.data_ptr());
}

/// A tensor on the CPU, without gaps, of the dtype of the first.
inline at::Tensor row_major(ctorch_tensor tensor, const at::Tensor &first) {
  const at::Tensor &value = get(tensor);
  TORCH_CHECK(value.is_cpu(), "the tensor lies on ", value.device(), ", not on the cpu");
  TORCH_CHECK(value.scalar_type() == first.scalar_type(), "the tensors are of ",
              value.scalar_type(), " and ", first.scalar_type());
  return value.contiguous();
}

inline void check_shape(const at::Tensor &tensor, at::IntArrayRef shape) {
  TORCH_CHECK(tensor.sizes() == shape, "a tensor is ", tensor.sizes(), ", not ", shape);
}

/// One number for each row, as a list or a column.
inline at::Tensor per_row(ctorch_tensor tensor, at::ScalarType type, int64_t rows) {
  at::Tensor value = get(tensor).contiguous();
  TORCH_CHECK(value.is_cpu() && value.scalar_type() == type && value.numel() == rows,
              "one number of ", type, " per row is needed on the cpu");
  return value;
}

}  // namespace ctorch
