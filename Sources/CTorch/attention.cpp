#include "shim.h"

#include <ATen/ops/_flash_attention_backward.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scaled_dot_product_attention.h>

using namespace ctorch;

/// What kernels check little of: one divides by zero, another reads out of bounds.
static void check_shapes(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value,
                         bool is_causal, ctorch_tensor mask) {
  TORCH_CHECK(query.dim() == 4 && key.dim() == 4 && key.sizes() == value.sizes(),
              "query, key and value have 4 dimensions, and key and value one shape");
  TORCH_CHECK(query.numel() > 0 && key.numel() > 0, "attention needs rows and keys");
  TORCH_CHECK(query.size(0) == key.size(0) && query.size(3) == key.size(3),
              "query and key differ in batch or head size");
  TORCH_CHECK(query.size(1) % key.size(1) == 0, query.size(1),
              " query heads are no multiple of ", key.size(1), " key heads");
  TORCH_CHECK(query.scalar_type() == key.scalar_type() &&
                  query.scalar_type() == value.scalar_type(),
              "query, key and value have one dtype");
  if (mask == nullptr) return;
  TORCH_CHECK(!is_causal, "a mask and causal attention exclude each other");
  TORCH_CHECK(get(mask).sizes() == at::IntArrayRef({query.size(2), key.size(2)}), "the mask is ",
              get(mask).sizes(), ", not [", query.size(2), ", ", key.size(2), "]");
}

ctorch_status ctorch_flash_attention_cuda(ctorch_tensor query, ctorch_tensor key,
                                          ctorch_tensor value, ctorch_tensor query_offsets,
                                          ctorch_tensor key_offsets, int64_t longest_query,
                                          int64_t longest_key, bool is_causal, double scale,
                                          ctorch_tensor *out, ctorch_tensor *out_logsumexp) {
  return guard([&] {
    auto [output, logsumexp, random, unused, mask] = at::_flash_attention_forward(
        get(query), get(key), get(value), get(query_offsets), get(key_offsets), longest_query,
        longest_key, 0.0, is_causal, /*return_debug_mask=*/false, scale);
    *out = wrap(output);
    *out_logsumexp = wrap(logsumexp.t().contiguous());
  });
}

ctorch_status ctorch_flash_attention_cuda_backward(
    ctorch_tensor gradient, ctorch_tensor query, ctorch_tensor key, ctorch_tensor value,
    ctorch_tensor output, ctorch_tensor logsumexp, ctorch_tensor query_offsets,
    ctorch_tensor key_offsets, int64_t longest_query, int64_t longest_key, bool is_causal,
    double scale, ctorch_tensor *out_query, ctorch_tensor *out_key, ctorch_tensor *out_value) {
  return guard([&] {
    // The state of dropout's generator, of which there is none.
    auto random = at::empty({2}, get(query).options().dtype(at::kUInt64));
    auto unused = at::empty({}, get(query).options().dtype(at::kUInt64));
    auto [query_gradient, key_gradient, value_gradient] = at::_flash_attention_backward(
        get(gradient), get(query), get(key), get(value), get(output),
        get(logsumexp).t().contiguous(), get(query_offsets), get(key_offsets), longest_query,
        longest_key, 0.0, is_causal, random, unused, scale);
    *out_query = wrap(query_gradient);
    *out_key = wrap(key_gradient);
    *out_value = wrap(value_gradient);
  });
}

ctorch_status ctorch_scaled_dot_product_attention(ctorch_tensor query, ctorch_tensor key,
                                                  ctorch_tensor value, bool is_causal,
                                                  ctorch_tensor mask, double scale,
                                                  ctorch_tensor *out) {
  return guard([&] {
    check_shapes(get(query), get(key), get(value), is_causal, mask);
    *out = wrap(at::scaled_dot_product_attention(get(query), get(key), get(value),
                                                 get_optional(mask), 0.0, is_causal, scale,
                                                 /*enable_gqa=*/true));
  });
}
