// Loops on libtorch's threads.
#include "parallel.h"

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/ops/arange.h>

namespace ctorch {

// at::parallel_for is a template: it runs on the threads of whoever compiles it, which are none
// where the compiler's OpenMP is not libtorch's. A TensorIterator's loop runs inside libtorch.
void in_parallel(int64_t count, int64_t grain,
                 c10::function_ref<void(int64_t, int64_t)> body) {
  int64_t shares = std::min<int64_t>(at::get_num_threads(), (count + grain - 1) / grain);
  if (shares <= 1 || at::in_parallel_region()) {
    if (count > 0) body(0, count);
    return;
  }
  at::Tensor numbers = at::arange(shares, at::kLong);
  auto loop = [&](char **data, const int64_t *strides, int64_t size) {
    for (int64_t i = 0; i < size; i++) {
      int64_t share = *reinterpret_cast<int64_t *>(data[0] + i * strides[0]);
      body(count * share / shares, count * (share + 1) / shares);
    }
  };
  at::TensorIterator::nullary_op(numbers).for_each(loop, /*grain_size=*/1);
}

}  // namespace ctorch
