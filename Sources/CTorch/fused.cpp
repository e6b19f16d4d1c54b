// Passes over rows that libtorch's own operations would make one after the other, on the CPU.
//
// Numbers come and go as float32 or bfloat16 and are float32 in between. Each has a plain version
// of the same formula in Swift, for other devices and dtypes and for tests to compare it with.
#include "parallel.h"
#include "rows.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>

using namespace ctorch;

namespace ctorch {

// ---- Root-mean-square normalisation

struct NormShape {
  int64_t size;
  float epsilon;
  ctorch_norm_form form;
};

template <class Number>
CTORCH_INLINE void load_factor(Lanes &w, const Number *weight, int64_t left, const NormShape &shape) {
  load(w, weight, left);
  if (shape.form == CTORCH_NORM_ONE_PLUS_WEIGHT) w = w + 1.0f;
}

template <class Number>
CTORCH_INLINE void normalize(const Number *x, const Number *weight, Number *y, float *scales,
                             int64_t rows, const NormShape &shape) {
  for (int64_t row = 0; row < rows; row++, x += shape.size, y += shape.size) {
    Lanes squares = 0, v, w;
    FOR_LANES(shape.size) {
      load(v, x + i, left);
      squares += v * v;
    }
    float scale = 1 / std::sqrt(sum(squares) / static_cast<float>(shape.size) + shape.epsilon);
    scales[row] = scale;
    FOR_LANES(shape.size) {
      load(v, x + i, left);
      load_factor(w, weight + i, left, shape);
      v *= scale;
      if (shape.form == CTORCH_NORM_ROUNDED_FIRST) round_as(y, v);
      store(y + i, v * w, left);
    }
  }
}

/// ∂x = scale · (g·w − x̂ · mean(g·w·x̂)), and Σ g·x̂ added to `weight_sums` where it is not null.
template <class Number>
CTORCH_INLINE void normalize_backward(const Number *gradient, const Number *x, const Number *weight,
                                      const float *scales, Number *x_gradient, float *weight_sums,
                                      int64_t rows, const NormShape &shape) {
  for (int64_t row = 0; row < rows; row++, gradient += shape.size, x += shape.size) {
    float scale = scales[row];
    Lanes products = 0, g, v, w;
    FOR_LANES(shape.size) {
      load(g, gradient + i, left);
      load(v, x + i, left);
      load_factor(w, weight + i, left, shape);
      v *= scale;
      products += g * w * v;
      if (weight_sums != nullptr) {
        Lanes total;
        load(total, weight_sums + i, left);
        store(weight_sums + i, total + g * v, left);
      }
    }
    if (x_gradient == nullptr) continue;
    float mean = sum(products) / static_cast<float>(shape.size);
    FOR_LANES(shape.size) {
      load(g, gradient + i, left);
      load(v, x + i, left);
      load_factor(w, weight + i, left, shape);
      store(x_gradient + i, (g * w - v * (scale * mean)) * scale, left);
    }
    x_gradient += shape.size;
  }
}

// ---- Rotary position embedding

struct RotaryShape {
  int64_t heads, size, half;
  float direction;
};

template <class Number>
CTORCH_INLINE void rotate(const Number *x, const Number *cosine, const Number *sine, Number *y,
                          int64_t rows, const RotaryShape &shape) {
  for (int64_t row = 0; row < rows; row++, cosine += shape.size, sine += shape.half) {
    for (int64_t head = 0; head < shape.heads; head++, x += shape.size, y += shape.size) {
      Lanes first, second, c, s;
      FOR_LANES(shape.half) {
        load(first, x + i, left);
        load(second, x + shape.half + i, left);
        load(c, cosine + i, left);
        load(s, sine + i, left);
        s *= shape.direction;
        store(y + i, first * c - second * s, left);
        store(y + shape.half + i, second * c + first * s, left);
      }
      // What does not turn.
      std::copy(x + 2 * shape.half, x + shape.size, y + 2 * shape.half);
    }
  }
}

// ---- silu(gate) · up

template <class Number>
CTORCH_INLINE void gate(const Number *gate, const Number *up, Number *y, int64_t count) {
  Lanes g, u, e;
  FOR_LANES(count) {
    load(g, gate + i, left);
    load(u, up + i, left);
    e = -g;
    exponentiate(e);
    store(y + i, g / (e + 1.0f) * u, left);
  }
}

template <class Number>
CTORCH_INLINE void gate_backward(const Number *gradient, const Number *gate, const Number *up,
                                 Number *gate_gradient, Number *up_gradient, int64_t count) {
  Lanes d, g, u, e;
  FOR_LANES(count) {
    load(d, gradient + i, left);
    load(g, gate + i, left);
    load(u, up + i, left);
    e = -g;
    exponentiate(e);
    Lanes sigmoid = 1.0f / (e + 1.0f);
    store(up_gradient + i, d * g * sigmoid, left);
    store(gate_gradient + i, d * u * sigmoid * (g * (1.0f - sigmoid) + 1.0f), left);
  }
}

// ---- The same for both dtypes and every processor

#define NORMALIZE(T)                                                                    \
  (const T *x, const T *weight, T *y, float *scales, int64_t rows, const NormShape &shape)
FOR_BOTH(normalize, NORMALIZE, x, weight, y, scales, rows, shape)

#define NORMALIZE_BACKWARD(T)                                                           \
  (const T *gradient, const T *x, const T *weight, const float *scales, T *x_gradient,  \
   float *weight_sums, int64_t rows, const NormShape &shape)
FOR_BOTH(normalize_backward, NORMALIZE_BACKWARD, gradient, x, weight, scales, x_gradient,
         weight_sums, rows, shape)

#define ROTATE(T)                                                                       \
  (const T *x, const T *cosine, const T *sine, T *y, int64_t rows, const RotaryShape &shape)
FOR_BOTH(rotate, ROTATE, x, cosine, sine, y, rows, shape)

#define GATE(T) (const T *gates, const T *up, T *y, int64_t count)
FOR_BOTH(gate, GATE, gates, up, y, count)

#define GATE_BACKWARD(T)                                                                \
  (const T *gradient, const T *gates, const T *up, T *gate_gradient, T *up_gradient,    \
   int64_t count)
FOR_BOTH(gate_backward, GATE_BACKWARD, gradient, gates, up, gate_gradient, up_gradient, count)

}  // namespace ctorch

ctorch_status ctorch_fused_rms_norm(ctorch_tensor x, ctorch_tensor weight, double epsilon,
                                    ctorch_norm_form form, ctorch_tensor *out,
                                    ctorch_tensor *out_scale) {
  return guard([&] {
    RECORD_FUNCTION("penchant::rms_norm", c10::ArrayRef<const c10::IValue>());
    at::Tensor input = row_major(x, get(x)), factor = row_major(weight, input);
    TORCH_CHECK(input.dim() > 0, "a norm is over the last dimension");
    NormShape shape{input.size(-1), static_cast<float>(epsilon), form};
    check_shape(factor, {shape.size});
    int64_t rows = shape.size == 0 ? 0 : input.numel() / shape.size;
    at::Tensor output = at::empty_like(input);
    at::Tensor scale = at::empty({rows}, input.options().dtype(at::kFloat));
    for_dtype(input, [&](auto *type) {
      using Number = std::remove_pointer_t<decltype(type)>;
      in_parallel(rows, grain_rows(shape.size), [&](int64_t first, int64_t end) {
        int64_t start = first * shape.size;
        normalize_rows(numbers<Number>(input) + start, numbers<Number>(factor),
                       numbers<Number>(output) + start, numbers<float>(scale) + first, end - first,
                       shape);
      });
    });
    *out = wrap(output);
    *out_scale = wrap(scale);
  });
}

ctorch_status ctorch_fused_rms_norm_backward(ctorch_tensor gradient, ctorch_tensor x,
                                             ctorch_tensor weight, ctorch_tensor scale,
                                             ctorch_norm_form form, bool needs_x,
                                             bool needs_weight, ctorch_tensor *out_x,
                                             ctorch_tensor *out_weight) {
  return guard([&] {
    RECORD_FUNCTION("penchant::rms_norm_backward", c10::ArrayRef<const c10::IValue>());
    at::Tensor input = row_major(x, get(x)), factor = row_major(weight, input);
    at::Tensor outer = row_major(gradient, input);
    check_shape(outer, input.sizes());
    TORCH_CHECK(input.dim() > 0, "a norm is over the last dimension");
    NormShape shape{input.size(-1), 0, form};
    check_shape(factor, {shape.size});
    int64_t rows = shape.size == 0 ? 0 : input.numel() / shape.size;
    at::Tensor scales = per_row(scale, at::kFloat, rows);
    at::Tensor result = needs_x ? at::empty_like(input) : at::Tensor();
    // Each share of the rows has sums of its own, which are added in order: results depend on the
    // number of threads, but not on who was first.
    int64_t shares = std::min<int64_t>(at::get_num_threads(), std::max<int64_t>(1, rows));
    at::Tensor sums =
        needs_weight ? at::zeros({shares, shape.size}, input.options().dtype(at::kFloat))
                     : at::Tensor();
    for_dtype(input, [&](auto *type) {
      using Number = std::remove_pointer_t<decltype(type)>;
      in_parallel(shares, 1, [&](int64_t from, int64_t to) {
        for (int64_t share = from; share < to; share++) {
          int64_t first = rows * share / shares, end = rows * (share + 1) / shares;
          int64_t start = first * shape.size;
          normalize_backward_rows(
              numbers<Number>(outer) + start, numbers<Number>(input) + start,
              numbers<Number>(factor), numbers<float>(scales) + first,
              needs_x ? numbers<Number>(result) + start : nullptr,
              needs_weight ? numbers<float>(sums) + share * shape.size : nullptr, end - first,
              shape);
        }
      });
    });
    *out_x = needs_x ? wrap(result) : nullptr;
    *out_weight = needs_weight ? wrap(sums.sum(0).to(input.scalar_type())) : nullptr;
  });
}

ctorch_status ctorch_fused_rotate(ctorch_tensor x, ctorch_tensor cosine, ctorch_tensor sine,
                                  bool is_backward, ctorch_tensor *out) {
  return guard([&] {
    RECORD_FUNCTION("penchant::rotate", c10::ArrayRef<const c10::IValue>());
    at::Tensor input = row_major(x, get(x));
    at::Tensor cosines = row_major(cosine, input), sines = row_major(sine, input);
    TORCH_CHECK(input.dim() == 3 && sines.dim() == 3, "rows of heads are needed");
    RotaryShape shape{input.size(1), input.size(2), sines.size(2), is_backward ? -1.0f : 1.0f};
    TORCH_CHECK(2 * shape.half <= shape.size, "more turns than a head has");
    check_shape(cosines, {input.size(0), 1, shape.size});
    check_shape(sines, {input.size(0), 1, shape.half});
    at::Tensor output = at::empty_like(input);
    int64_t size = shape.heads * shape.size;
    for_dtype(input, [&](auto *type) {
      using Number = std::remove_pointer_t<decltype(type)>;
      in_parallel(input.size(0), grain_rows(size), [&](int64_t first, int64_t end) {
        rotate_rows(numbers<Number>(input) + first * size,
                    numbers<Number>(cosines) + first * shape.size,
                    numbers<Number>(sines) + first * shape.half,
                    numbers<Number>(output) + first * size, end - first, shape);
      });
    });
    *out = wrap(output);
  });
}

ctorch_status ctorch_fused_silu_gate(ctorch_tensor gate, ctorch_tensor up, ctorch_tensor *out) {
  return guard([&] {
    RECORD_FUNCTION("penchant::silu_gate", c10::ArrayRef<const c10::IValue>());
    at::Tensor gates = row_major(gate, get(gate)), factors = row_major(up, gates);
    check_shape(factors, gates.sizes());
    at::Tensor output = at::empty_like(gates);
    for_dtype(gates, [&](auto *type) {
      using Number = std::remove_pointer_t<decltype(type)>;
      in_parallel(gates.numel(), grain, [&](int64_t first, int64_t end) {
        gate_rows(numbers<Number>(gates) + first, numbers<Number>(factors) + first,
                  numbers<Number>(output) + first, end - first);
      });
    });
    *out = wrap(output);
  });
}

ctorch_status ctorch_fused_silu_gate_backward(ctorch_tensor gradient, ctorch_tensor gate,
                                              ctorch_tensor up, ctorch_tensor *out_gate,
                                              ctorch_tensor *out_up) {
  return guard([&] {
    RECORD_FUNCTION("penchant::silu_gate_backward", c10::ArrayRef<const c10::IValue>());
    at::Tensor gates = row_major(gate, get(gate)), factors = row_major(up, gates);
    at::Tensor outer = row_major(gradient, gates);
    check_shape(factors, gates.sizes());
    check_shape(outer, gates.sizes());
    at::Tensor of_gate = at::empty_like(gates), of_up = at::empty_like(gates);
    for_dtype(gates, [&](auto *type) {
      using Number = std::remove_pointer_t<decltype(type)>;
      in_parallel(gates.numel(), grain, [&](int64_t first, int64_t end) {
        gate_backward_rows(numbers<Number>(outer) + first, numbers<Number>(gates) + first,
                           numbers<Number>(factors) + first, numbers<Number>(of_gate) + first,
                           numbers<Number>(of_up) + first, end - first);
      });
    });
    *out_gate = wrap(of_gate);
    *out_up = wrap(of_up);
  });
}
