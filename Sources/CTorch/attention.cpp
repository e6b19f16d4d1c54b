#include "shim.h"

#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu_backward.h>
#include <ATen/ops/scaled_dot_product_attention.h>

using namespace ctorch;

ctorch_status ctorch_flash_attention_cpu(ctorch_tensor query, ctorch_tensor key,
                                         ctorch_tensor value, bool is_causal, ctorch_tensor mask,
                                         double scale, ctorch_tensor *out,
                                         ctorch_tensor *out_logsumexp) {
  return guard([&] {
    auto [output, logsumexp] = at::_scaled_dot_product_flash_attention_for_cpu(
        get(query), get(key), get(value), 0.0, is_causal, get_optional(mask), scale);
    *out = wrap(output);
    *out_logsumexp = wrap(logsumexp);
  });
}

ctorch_status ctorch_flash_attention_cpu_backward(
    ctorch_tensor gradient, ctorch_tensor query, ctorch_tensor key, ctorch_tensor value,
    ctorch_tensor output, ctorch_tensor logsumexp, bool is_causal, ctorch_tensor mask, double scale,
    ctorch_tensor *out_query, ctorch_tensor *out_key, ctorch_tensor *out_value) {
  return guard([&] {
    auto [query_gradient, key_gradient, value_gradient] =
        at::_scaled_dot_product_flash_attention_for_cpu_backward(
            get(gradient), get(query), get(key), get(value), get(output), get(logsumexp), 0.0,
            is_causal, get_optional(mask), scale);
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
    *out = wrap(at::scaled_dot_product_attention(get(query), get(key), get(value),
                                                 get_optional(mask), 0.0, is_causal, scale,
                                                 /*enable_gqa=*/true));
  });
}
