#include "memory.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/narrow.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/reshape.h>
#include <ATen/ops/squeeze.h>
#include <ATen/ops/transpose.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/unsqueeze.h>

using namespace ctorch;

ctorch_status ctorch_reshape(ctorch_tensor a, const int64_t *shape, size_t count,
                             ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::reshape(get(a), sizes(shape, count))); });
}

ctorch_status ctorch_transpose(ctorch_tensor a, int64_t first, int64_t second,
                               ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::transpose(get(a), first, second)); });
}

ctorch_status ctorch_narrow(ctorch_tensor a, int64_t dimension, int64_t start, int64_t length,
                            ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::narrow(get(a), dimension, start, length)); });
}

ctorch_status ctorch_cat(const ctorch_tensor *tensors, size_t count, int64_t dimension,
                         ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::cat(list(tensors, count), dimension)); });
}

ctorch_status ctorch_unsqueeze(ctorch_tensor a, int64_t dimension, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::unsqueeze(get(a), dimension)); });
}

ctorch_status ctorch_squeeze(ctorch_tensor a, int64_t dimension, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::squeeze(get(a), dimension)); });
}

ctorch_status ctorch_index_select(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                                  ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::index_select(get(a), dimension, get(index))); });
}

ctorch_status ctorch_gather(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                            ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::gather(get(a), dimension, get(index))); });
}

ctorch_status ctorch_index_add_(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                                ctorch_tensor source) {
  return guard([&] { to_change(a).index_add_(dimension, get(index), get(source)); });
}

ctorch_status ctorch_scatter_add_(ctorch_tensor a, int64_t dimension, ctorch_tensor index,
                                  ctorch_tensor source) {
  return guard([&] { to_change(a).scatter_add_(dimension, get(index), get(source)); });
}

ctorch_status ctorch_embedding(ctorch_tensor weight, ctorch_tensor indices, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::embedding(get(weight), get(indices))); });
}

ctorch_status ctorch_lower_triangle(int64_t rows, int64_t columns, int64_t diagonal,
                                    ctorch_device device, ctorch_tensor *out) {
  return guard([&] {
    auto options = at::TensorOptions().dtype(at::kBool).device(to_device(device));
    *out = wrap(at::tril(at::ones({rows, columns}, options), diagonal));
  });
}
