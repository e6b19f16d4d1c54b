#include "memory.h"

#include <ATen/ops/add.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/div.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/silu_backward.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/tanh.h>

using namespace ctorch;

#define UNARY(name)                                                                              \
  ctorch_status ctorch_##name(ctorch_tensor a, ctorch_tensor *out) {                             \
    return guard([&] { *out = wrap(at::name(get(a))); });                                        \
  }
#define BINARY(name)                                                                             \
  ctorch_status ctorch_##name(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out) {            \
    return guard([&] { *out = wrap(at::name(get(a), get(b))); });                                \
  }
#define WITH_SCALAR(name)                                                                        \
  ctorch_status ctorch_##name##_scalar(ctorch_tensor a, double b, ctorch_tensor *out) {          \
    return guard([&] { *out = wrap(at::name(get(a), b)); });                                     \
  }

BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(gt)
BINARY(eq)
BINARY(silu_backward)
WITH_SCALAR(add)
WITH_SCALAR(mul)
WITH_SCALAR(div)
UNARY(neg)
UNARY(exp)
UNARY(cos)
UNARY(sin)
UNARY(rsqrt)
UNARY(sqrt)
UNARY(tanh)
UNARY(silu)

ctorch_status ctorch_gelu(ctorch_tensor a, bool with_tanh, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::gelu(get(a), with_tanh ? "tanh" : "none")); });
}

ctorch_status ctorch_gelu_backward(ctorch_tensor gradient, ctorch_tensor a, bool with_tanh,
                                   ctorch_tensor *out) {
  return guard([&] {
    *out = wrap(at::gelu_backward(get(gradient), get(a), with_tanh ? "tanh" : "none"));
  });
}

ctorch_status ctorch_masked_fill(ctorch_tensor a, ctorch_tensor mask, double value,
                                 ctorch_tensor *out) {
  return guard([&] { *out = wrap(get(a).masked_fill(get(mask), value)); });
}

ctorch_status ctorch_add_(ctorch_tensor a, ctorch_tensor b, double alpha) {
  return guard([&] { to_change(a).add_(get(b), alpha); });
}

ctorch_status ctorch_mul_(ctorch_tensor a, ctorch_tensor b) {
  return guard([&] { to_change(a).mul_(get(b)); });
}

ctorch_status ctorch_mul_scalar_(ctorch_tensor a, double b) {
  return guard([&] { to_change(a).mul_(b); });
}

ctorch_status ctorch_addcmul_(ctorch_tensor a, ctorch_tensor b, ctorch_tensor c, double value) {
  return guard([&] { to_change(a).addcmul_(get(b), get(c), value); });
}

ctorch_status ctorch_exp_(ctorch_tensor a) {
  return guard([&] { to_change(a).exp_(); });
}
