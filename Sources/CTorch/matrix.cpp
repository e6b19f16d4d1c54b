#include "memory.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>

using namespace ctorch;

ctorch_status ctorch_matmul(ctorch_tensor a, ctorch_tensor b, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::matmul(get(a), get(b))); });
}

ctorch_status ctorch_linear(ctorch_tensor a, ctorch_tensor weight, ctorch_tensor bias,
                            ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::linear(get(a), get(weight), get_optional(bias))); });
}

ctorch_status ctorch_addmm_(ctorch_tensor a, ctorch_tensor b, ctorch_tensor c) {
  return guard([&] { to_change(a).addmm_(get(b), get(c)); });
}
