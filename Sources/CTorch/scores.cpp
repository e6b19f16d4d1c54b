// The vocabulary head's log-softmax, in one pass over rows of logits, on the CPU.
#include "parallel.h"
#include "rows.h"

#include <ATen/ops/empty.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>

using namespace ctorch;

namespace ctorch {

/// Of each row of logits: the normalizer, the target's log-probability, the entropy, the mean
/// logit, whether the target is the first largest, and log Σ p².
template <class Number>
CTORCH_INLINE void score(const Number *logits, const int64_t *targets, float *scores, int64_t rows,
                         int64_t size) {
  for (int64_t row = 0; row < rows; row++, logits += size, scores += 6) {
    Lanes v, total = 0, largest = Lanes(-INFINITY);
    FOR_LANES(size) {
      load(v, logits + i, left);
      total += v;
      // Behind the last number stand zeros, which are none of the row's.
      if (left < lane_count) {
        for (int64_t lane = left; lane < lane_count; lane++) v[lane] = -INFINITY;
      }
      largest = v > largest ? v : largest;
    }
    float most = maximum(largest);

    Lanes sums = 0, expected = 0, squares = 0;
    FOR_LANES(size) {
      load(v, logits + i, left);
      Lanes shifted = v - most, e = shifted;
      exponentiate(e);
      if (left < lane_count) {
        for (int64_t lane = left; lane < lane_count; lane++) e[lane] = 0;
      }
      sums += e;
      expected += e * shifted;
      squares += e * e;
    }
    float sum_of_exponentials = sum(sums);
    float logarithm = std::log(sum_of_exponentials), normalizer = most + logarithm;

    Lanes own;
    load(own, logits + targets[row], 1);
    bool is_best = own[0] == most;
    // Of several that are equally large the first counts.
    FOR_LANES(is_best ? targets[row] : 0) {
      load(v, logits + i, left);
      for (int64_t lane = 0; lane < std::min(left, lane_count); lane++) {
        is_best &= v[lane] != most;
      }
    }
    scores[0] = normalizer;
    scores[1] = own[0] - normalizer;
    scores[2] = logarithm - sum(expected) / sum_of_exponentials;
    scores[3] = sum(total) / static_cast<float>(size);
    scores[4] = is_best ? 1 : 0;
    scores[5] = std::log(sum(squares)) - 2 * logarithm;
  }
}

/// Puts gradient · (one at the target − probabilities) in the logits' place.
template <class Number>
CTORCH_INLINE void score_backward(Number *logits, const int64_t *targets, const float *normalizers,
                                  const float *gradients, int64_t rows, int64_t size) {
  for (int64_t row = 0; row < rows; row++, logits += size) {
    Lanes v;
    float gradient = gradients[row], normalizer = normalizers[row];
    load(v, logits + targets[row], 1);
    v -= normalizer;
    exponentiate(v);
    Lanes own = (1.0f - v) * gradient;
    FOR_LANES(size) {
      load(v, logits + i, left);
      v -= normalizer;
      exponentiate(v);
      store(logits + i, v * -gradient, left);
    }
    store(logits + targets[row], own, 1);
  }
}

#define SCORE(T)                                                                        \
  (const T *logits, const int64_t *targets, float *scores, int64_t rows, int64_t size)
FOR_BOTH(score, SCORE, logits, targets, scores, rows, size)

#define SCORE_BACKWARD(T)                                                               \
  (T *logits, const int64_t *targets, const float *normalizers, const float *gradients, \
   int64_t rows, int64_t size)
FOR_BOTH(score_backward, SCORE_BACKWARD, logits, targets, normalizers, gradients, rows, size)

static void check_targets(const at::Tensor &targets, int64_t size) {
  const int64_t *values = targets.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < targets.numel(); i++) {
    TORCH_CHECK(0 <= values[i] && values[i] < size, "target ", values[i], " of ", size);
  }
}

}  // namespace ctorch

ctorch_status ctorch_fused_scores(ctorch_tensor logits, ctorch_tensor targets,
                                  ctorch_tensor *out) {
  return guard([&] {
    RECORD_FUNCTION("penchant::scores", c10::ArrayRef<const c10::IValue>());
    at::Tensor values = row_major(logits, get(logits));
    TORCH_CHECK(values.dim() == 2, "rows of logits are needed");
    int64_t rows = values.size(0), size = values.size(1);
    at::Tensor columns = per_row(targets, at::kLong, rows);
    check_targets(columns, size);
    at::Tensor scores = at::empty({rows, 6}, values.options().dtype(at::kFloat));
    for_dtype(values, [&](auto *type) {
      using Number = std::remove_pointer_t<decltype(type)>;
      in_parallel(rows, grain_rows(size), [&](int64_t first, int64_t end) {
        score_rows(numbers<Number>(values) + first * size, numbers<int64_t>(columns) + first,
                   numbers<float>(scores) + first * 6, end - first, size);
      });
    });
    *out = wrap(scores);
  });
}

ctorch_status ctorch_fused_scores_backward_(ctorch_tensor logits, ctorch_tensor targets,
                                            ctorch_tensor normalizers, ctorch_tensor gradients) {
  return guard([&] {
    RECORD_FUNCTION("penchant::scores_backward", c10::ArrayRef<const c10::IValue>());
    at::Tensor values = get(logits);
    TORCH_CHECK(values.dim() == 2 && values.is_cpu() && values.is_contiguous(),
                "rows of logits without gaps are needed on the cpu");
    int64_t rows = values.size(0), size = values.size(1);
    at::Tensor columns = per_row(targets, at::kLong, rows);
    at::Tensor norms = per_row(normalizers, at::kFloat, rows);
    at::Tensor outer = per_row(gradients, at::kFloat, rows);
    check_targets(columns, size);
    for_dtype(values, [&](auto *type) {
      using Number = std::remove_pointer_t<decltype(type)>;
      in_parallel(rows, grain_rows(size), [&](int64_t first, int64_t end) {
        score_backward_rows(numbers<Number>(values) + first * size,
                            numbers<int64_t>(columns) + first, numbers<float>(norms) + first,
                            numbers<float>(outer) + first, end - first, size);
      });
    });
  });
}
