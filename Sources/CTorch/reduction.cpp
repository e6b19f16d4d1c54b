#include "memory.h"
#include "offload.h"

#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

using namespace ctorch;

ctorch_status ctorch_sum(ctorch_tensor a, const int64_t *dimensions, size_t count, bool keep,
                         ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::sum(get(a), sizes(dimensions, count), keep)); });
}

ctorch_status ctorch_mean(ctorch_tensor a, const int64_t *dimensions, size_t count, bool keep,
                          ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::mean(get(a), sizes(dimensions, count), keep)); });
}

ctorch_status ctorch_argmax(ctorch_tensor a, int64_t dimension, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::argmax(get(a), dimension)); });
}

ctorch_status ctorch_logsumexp(ctorch_tensor a, int64_t dimension, bool keep, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::logsumexp(get(a), dimension, keep)); });
}

ctorch_status ctorch_softmax(ctorch_tensor a, int64_t dimension, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::softmax(get(a), dimension)); });
}

ctorch_status ctorch_layer_norm(ctorch_tensor a, ctorch_tensor weight, ctorch_tensor bias,
                                double epsilon, ctorch_tensor *out) {
  return guard([&] {
    *out = wrap(at::layer_norm(get(a), {get(a).size(-1)}, get(weight), get(bias), epsilon));
  });
}

ctorch_status ctorch_norm(ctorch_tensor a, int64_t dimension, bool keep, ctorch_tensor *out) {
  return guard([&] {
    at::ScalarType type = get(a).scalar_type();
    bool is_short = type == at::kBFloat16 || type == at::kHalf;
    *out = wrap(at::linalg_vector_norm(
        get(a), 2, dimension, keep, is_short ? std::optional(at::kFloat) : std::nullopt));
  });
}

ctorch_status ctorch_foreach_norm(const ctorch_tensor *tensors, size_t count, ctorch_tensor *out) {
  return guard([&] {
    auto values = list(tensors, count);
    bool is_long = false;
    for (auto &value : values) is_long |= value.scalar_type() == at::kDouble;
    auto dtype = is_long ? std::nullopt : std::optional(at::kFloat);
    std::vector<at::Tensor> norms;
    for_each_kept(values, [&](at::TensorList some) {
      auto own = at::_foreach_norm(some, 2, dtype);
      norms.insert(norms.end(), own.begin(), own.end());
    });
    *out = wrap(norms.empty() ? at::zeros({0}) : at::stack(norms));
  });
}

ctorch_status ctorch_foreach_mul_(const ctorch_tensor *tensors, size_t count, ctorch_tensor scale) {
  return guard([&] {
    for_each_kept(all_to_change(tensors, count),
                  [&](at::TensorList some) { at::_foreach_mul_(some, get(scale)); });
  });
}
