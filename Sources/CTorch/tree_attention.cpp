// Attention over packed trees, on the CPU: each span's rows see its context whole and each other
// causally. One kernel for all spans, with its backward; float32 inside whatever goes in and out.
//
// A span and a head are one problem: keys and values are gathered from the context's ranges and the
// span's own rows, so that key j has position j, and queries come in blocks. A block's scores with
// all keys that it may see are written out; they are few rows, and so stay near the processor.
#include "parallel.h"
#include "products.h"
#include "rows.h"
#include "spans.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/record_function.h>

#include <atomic>
#include <cmath>
#include <numeric>

using namespace ctorch;

namespace ctorch {

/// Queries of a block: whole strips of a product.
constexpr int64_t block_rows = 30;

// ---- Passes over rows

/// Copies rows of `size` numbers times `factor`, padded with zeros to a multiple of sixteen.
template <class Number>
CTORCH_INLINE void gather(const Number *from, int64_t from_row, float *to, int64_t rows,
                          int64_t size, float factor) {
  Lanes v;
  for (int64_t row = 0; row < rows; row++, from += from_row, to += rounded_up(size)) {
    FOR_LANES(size) {
      load(v, from + i, left);
      v *= factor;
      std::memcpy(to + i, &v, sizeof(Lanes));
    }
  }
}

/// Copies padded rows, each times its factor, without what pads them.
template <class Number>
CTORCH_INLINE void spread(const float *from, Number *to, int64_t to_row, int64_t rows,
                          int64_t size, const float *factors) {
  Lanes v;
  for (int64_t row = 0; row < rows; row++, from += rounded_up(size), to += to_row) {
    FOR_LANES(size) {
      std::memcpy(&v, from + i, sizeof(Lanes));
      v *= factors[row];
      store(to + i, v, left);
    }
  }
}

/// What a block of queries sees.
struct Seen {
  /// The keys of all its rows: the first is a multiple of sixteen, and so is how many places the
  /// scores of a row take.
  int64_t first, end, width;
  /// Of its first row, the position; and how many positions a row sees, itself included.
  int64_t position, window;

  Seen(int64_t position, int64_t rows, int64_t window)
      : first(std::max<int64_t>(0, position - window + 1) / lane_count * lane_count),
        end(position + rows), width(rounded_up(end - first)), position(position),
        window(window) {}
};

/// Makes scores of keys that a row does not see vanish.
CTORCH_INLINE void hide(float *scores, int64_t row, const Seen &seen) {
  int64_t last = seen.position + row;
  std::fill(scores + (last + 1 - seen.first), scores + seen.width, -INFINITY);
  int64_t unseen = last - seen.window + 1 - seen.first;
  if (unseen > 0) std::fill(scores, scores + unseen, -INFINITY);
}

/// Puts exp(score − largest) in the scores' place.
CTORCH_FOR_EACH_CPU void weigh(float *scores, int64_t rows, const Seen &seen, float *shares,
                               float *log_sums) {
  for (int64_t row = 0; row < rows; row++, scores += seen.width) {
    hide(scores, row, seen);
    Lanes v, largest = Lanes(-INFINITY), sums = 0;
    FOR_LANES(seen.width) {
      load(v, scores + i, left);
      largest = v > largest ? v : largest;
    }
    float most = maximum(largest);
    FOR_LANES(seen.width) {
      load(v, scores + i, left);
      v -= most;
      exponentiate(v);
      sums += v;
      store(scores + i, v, left);
    }
    float total = sum(sums);
    shares[row] = 1 / total;
    log_sums[row] = most + std::log(total);
  }
}

/// From scores the probabilities, and from the probabilities' gradients those of the scores.
CTORCH_FOR_EACH_CPU void weigh_backward(float *scores, float *gradients, int64_t rows,
                                        const Seen &seen, const float *log_sums,
                                        const float *outer, const float *outputs, int64_t size) {
  for (int64_t row = 0; row < rows; row++) {
    hide(scores, row, seen);
    Lanes g, v, products = 0;
    FOR_LANES(size) {
      load(g, outer + i, left);
      load(v, outputs + i, left);
      products += g * v;
    }
    float expected = sum(products), log_sum = log_sums[row];
    FOR_LANES(seen.width) {
      load(v, scores + i, left);
      load(g, gradients + i, left);
      v -= log_sum;
      exponentiate(v);
      store(scores + i, v, left);
      store(gradients + i, v * (g - expected), left);
    }
    scores += seen.width;
    gradients += seen.width;
    outer += size;
    outputs += size;
  }
}

#define GATHER(T) \
  (const T *from, int64_t from_row, float *to, int64_t rows, int64_t size, float factor)
FOR_BOTH(gather, GATHER, from, from_row, to, rows, size, factor)

#define SPREAD(T)                                                                       \
  (const float *from, T *to, int64_t to_row, int64_t rows, int64_t size, const float *factors)
FOR_BOTH(spread, SPREAD, from, to, to_row, rows, size, factors)

// ---- Problems

/// Numbers that a thread works in.
class Scratch {
 public:
  float *operator()(int64_t count) {
    tensors.push_back(at::empty({count}, at::kFloat));
    return tensors.back().mutable_data_ptr<float>();
  }

 private:
  std::vector<at::Tensor> tensors;
};

/// What all problems of a call have in common.
struct Attention {
  at::Tensor query, key, value;
  std::vector<Span> spans;
  float scale;
  int64_t window, rows, heads, key_heads, size, padded, longest;

  Attention(ctorch_tensor query, ctorch_tensor key, ctorch_tensor value, const ctorch_spans *layout,
            int64_t window, double scale)
      : query(row_major(query, get(query))), key(row_major(key, this->query)),
        value(row_major(value, this->query)), scale(static_cast<float>(scale)),
        window(window > 0 ? window : INT32_MAX) {
    TORCH_CHECK(this->query.dim() == 3 && this->key.dim() == 3, "rows of heads are needed");
    check_shape(this->value, this->key.sizes());
    rows = this->query.size(0);
    heads = this->query.size(1);
    size = this->query.size(2);
    key_heads = this->key.size(1);
    check_shape(this->key, {rows, key_heads, size});
    TORCH_CHECK(key_heads > 0 && heads % key_heads == 0 && size > 0, heads,
                " query heads are no multiple of ", key_heads, " key heads");
    padded = rounded_up(size);
    spans = spans_of(*layout, rows);
    longest = 0;
    for (const Span &span : spans) longest = std::max(longest, span.key_count());
  }

  /// Numbers from a row to the next.
  int64_t key_row() const { return key_heads * size; }
  int64_t query_row() const { return heads * size; }

  /// The key head that serves a query head.
  int64_t key_head(int64_t head) const { return head / (heads / key_heads); }

  template <class Number>
  void gather_keys(const at::Tensor &from, const Span &span, int64_t head, float *to) const {
    span.for_keys([&](const ctorch_range &range, int64_t position) {
      gather_rows(numbers<Number>(from) + (range.first * key_heads + head) * size, key_row(),
                  to + position * padded, range.count, size, 1);
    });
  }
};

/// Runs `body` for all problems, the largest first, each on the next thread that is free.
template <class Body>
static void for_problems(const std::vector<int64_t> &costs, Body &&body) {
  std::vector<int64_t> order(costs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return costs[a] > costs[b]; });
  std::atomic<size_t> next = 0;
  int64_t threads = std::min<int64_t>(at::get_num_threads(), static_cast<int64_t>(order.size()));
  in_parallel(threads, 1, [&](int64_t first, int64_t end) {
    Scratch scratch;
    body(scratch, [&] {
      size_t place = next++;
      return place < order.size() ? order[place] : -1;
    });
  });
}

/// How problems are cut: a span or a tree of them with as many heads that have one key head.
struct Division {
  /// Query heads of a problem, and problems of a span or tree.
  int64_t heads_each, parts;

  /// Heads of a group go together, and gather their keys once, where there are problems enough.
  Division(const Attention &attention, int64_t count) {
    int64_t group = attention.heads / attention.key_heads;
    bool is_enough = count * attention.key_heads >= 4 * at::get_num_threads();
    heads_each = is_enough ? group : 1;
    parts = attention.heads / heads_each;
  }
};

template <class Number>
static void attend(const Attention &a, const at::Tensor &output, const at::Tensor &log_sums) {
  Division division(a, static_cast<int64_t>(a.spans.size()));
  std::vector<int64_t> costs;
  for (const Span &span : a.spans) {
    costs.insert(costs.end(), division.parts, span.cost());
  }
  for_problems(costs, [&](Scratch &scratch, auto next) {
    int64_t most = rounded_up(a.longest);
    float *keys = scratch(most * a.padded), *columns = scratch(most * a.padded);
    float *values = scratch(most * a.padded), *scores = scratch(block_rows * most);
    float *queries = scratch(block_rows * a.padded), *outputs = scratch(block_rows * a.padded);
    float shares[block_rows];
    for (int64_t problem; (problem = next()) >= 0;) {
      const Span &span = a.spans[problem / division.parts];
      int64_t part = problem % division.parts, first_head = part * division.heads_each;
      int64_t key_head = a.key_head(first_head);
      int64_t columns_row = rounded_up(span.key_count());
      a.gather_keys<Number>(a.key, span, key_head, keys);
      a.gather_keys<Number>(a.value, span, key_head, values);
      transpose(keys, span.key_count(), a.padded, columns, columns_row);
      for (int64_t head = first_head; head < first_head + division.heads_each; head++) {
        for (int64_t row = 0; row < span.rows.count; row += block_rows) {
          int64_t count = std::min(block_rows, span.rows.count - row);
          int64_t place = span.rows.first + row, number = (place * a.heads + head) * a.size;
          Seen seen(span.before + row, count, a.window);
          gather_rows(numbers<Number>(a.query) + number, a.query_row(), queries, count, a.size,
                      a.scale);
          multiply(scores, seen.width, {queries, a.padded, 1}, columns + seen.first, columns_row,
                   count, seen.width, a.size, false);
          weigh(scores, count, seen, shares, numbers<float>(log_sums) + head * a.rows + place);
          multiply(outputs, a.padded, {scores, seen.width, 1}, values + seen.first * a.padded,
                   a.padded, count, a.padded, seen.end - seen.first, false);
          spread_rows(outputs, numbers<Number>(output) + number, a.query_row(), count, a.size,
                      shares);
        }
      }
    }
  });
}

/// Adds a span's share of gradients to those of its keys.
CTORCH_FOR_EACH_CPU void add_rows(const float *from, int64_t from_row, float *to, int64_t to_row,
                                  int64_t rows, int64_t size) {
  Lanes v, sum;
  for (int64_t row = 0; row < rows; row++, from += from_row, to += to_row) {
    FOR_LANES(size) {
      load(v, from + i, left);
      load(sum, to + i, left);
      store(to + i, sum + v, left);
    }
  }
}

/// Gradients of queries, and of the keys and values of each part, float32: [row, part, size].
template <class Number>
static void attend_backward(const Attention &a, const at::Tensor &gradient,
                            const at::Tensor &output, const at::Tensor &log_sums,
                            const std::vector<int64_t> &trees,
                            const Division &division, const at::Tensor &of_query,
                            const at::Tensor &of_key, const at::Tensor &of_value) {
  std::vector<int64_t> costs;
  for (size_t tree = 0; tree + 1 < trees.size(); tree++) {
    int64_t cost = 0;
    for (int64_t i = trees[tree]; i < trees[tree + 1]; i++) cost += a.spans[i].cost();
    costs.insert(costs.end(), division.parts, cost);
  }
  for_problems(costs, [&](Scratch &scratch, auto next) {
    int64_t most = rounded_up(a.longest);
    float *keys = scratch(most * a.padded), *key_columns = scratch(most * a.padded);
    float *values = scratch(most * a.padded), *value_columns = scratch(most * a.padded);
    float *key_sums = scratch(most * a.padded), *value_sums = scratch(most * a.padded);
    float *scores = scratch(block_rows * most), *slopes = scratch(block_rows * most);
    float *queries = scratch(block_rows * a.padded), *outer = scratch(block_rows * a.padded);
    float *rows = scratch(block_rows * a.padded);
    float scales[block_rows];
    std::fill(scales, scales + block_rows, a.scale);
    for (int64_t problem; (problem = next()) >= 0;) {
      int64_t part = problem % division.parts, first_head = part * division.heads_each;
      int64_t key_head = a.key_head(first_head);
      int64_t tree = problem / division.parts;
      for (int64_t i = trees[tree]; i < trees[tree + 1]; i++) {
        const Span &span = a.spans[i];
        int64_t key_count = span.key_count(), columns_row = rounded_up(key_count);
        a.gather_keys<Number>(a.key, span, key_head, keys);
        a.gather_keys<Number>(a.value, span, key_head, values);
        transpose(keys, key_count, a.padded, key_columns, columns_row);
        transpose(values, key_count, a.padded, value_columns, columns_row);
        std::fill(key_sums, key_sums + key_count * a.padded, 0.0f);
        std::fill(value_sums, value_sums + key_count * a.padded, 0.0f);
        for (int64_t head = first_head; head < first_head + division.heads_each; head++) {
          for (int64_t row = 0; row < span.rows.count; row += block_rows) {
            int64_t count = std::min(block_rows, span.rows.count - row);
            int64_t place = span.rows.first + row, number = (place * a.heads + head) * a.size;
            Seen seen(span.before + row, count, a.window);
            int64_t seen_count = seen.end - seen.first, first = seen.first * a.padded;
            gather_rows(numbers<Number>(a.query) + number, a.query_row(), queries, count, a.size,
                        a.scale);
            gather_rows(numbers<Number>(gradient) + number, a.query_row(), outer, count, a.size,
                        1);
            gather_rows(numbers<Number>(output) + number, a.query_row(), rows, count, a.size, 1);
            multiply(scores, seen.width, {queries, a.padded, 1}, key_columns + seen.first,
                     columns_row, count, seen.width, a.size, false);
            multiply(slopes, seen.width, {outer, a.padded, 1}, value_columns + seen.first,
                     columns_row, count, seen.width, a.size, false);
            weigh_backward(scores, slopes, count, seen,
                           numbers<float>(log_sums) + head * a.rows + place, outer, rows,
                           a.padded);
            multiply(rows, a.padded, {slopes, seen.width, 1}, keys + first, a.padded, count,
                     a.padded, seen_count, false);
            spread_rows(rows, numbers<Number>(of_query) + number, a.query_row(), count, a.size,
                        scales);
            multiply(key_sums + first, a.padded, {slopes, 1, seen.width}, queries, a.padded,
                     seen_count, a.padded, count, true);
            multiply(value_sums + first, a.padded, {scores, 1, seen.width}, outer, a.padded,
                     seen_count, a.padded, count, true);
          }
        }
        span.for_keys([&](const ctorch_range &range, int64_t position) {
          int64_t number = (range.first * division.parts + part) * a.size;
          int64_t to_row = division.parts * a.size;
          add_rows(key_sums + position * a.padded, a.padded, numbers<float>(of_key) + number,
                   to_row, range.count, a.size);
          add_rows(value_sums + position * a.padded, a.padded, numbers<float>(of_value) + number,
                   to_row, range.count, a.size);
        });
      }
    }
  });
}

}  // namespace ctorch

ctorch_status ctorch_tree_attention(ctorch_tensor query, ctorch_tensor key, ctorch_tensor value,
                                    const ctorch_spans *spans, int64_t window, double scale,
                                    ctorch_tensor *out, ctorch_tensor *out_logsumexp) {
  return guard([&] {
    RECORD_FUNCTION("penchant::tree_attention", c10::ArrayRef<const c10::IValue>());
    Attention attention(query, key, value, spans, window, scale);
    at::Tensor output = at::empty_like(attention.query);
    at::Tensor log_sums = at::empty({attention.heads, attention.rows},
                                    attention.query.options().dtype(at::kFloat));
    for_dtype(output, [&](auto *type) {
      attend<std::remove_pointer_t<decltype(type)>>(attention, output, log_sums);
    });
    *out = wrap(output);
    *out_logsumexp = wrap(log_sums);
  });
}

ctorch_status ctorch_tree_attention_backward(ctorch_tensor gradient, ctorch_tensor query,
                                             ctorch_tensor key, ctorch_tensor value,
                                             ctorch_tensor output, ctorch_tensor logsumexp,
                                             const ctorch_spans *spans, int64_t window,
                                             double scale, ctorch_tensor *out_query,
                                             ctorch_tensor *out_key, ctorch_tensor *out_value) {
  return guard([&] {
    RECORD_FUNCTION("penchant::tree_attention_backward", c10::ArrayRef<const c10::IValue>());
    Attention a(query, key, value, spans, window, scale);
    at::Tensor outer = row_major(gradient, a.query), outputs = row_major(output, a.query);
    check_shape(outer, a.query.sizes());
    check_shape(outputs, a.query.sizes());
    at::Tensor log_sums = per_row(logsumexp, at::kFloat, a.heads * a.rows);
    std::vector<int64_t> trees = trees_of(a.spans);
    Division division(a, static_cast<int64_t>(trees.size()) - 1);
    at::Tensor of_query = at::empty_like(a.query);
    at::Tensor of_key = at::zeros({a.rows, division.parts, a.size}, log_sums.options());
    at::Tensor of_value = at::zeros_like(of_key);
    for_dtype(of_query, [&](auto *type) {
      attend_backward<std::remove_pointer_t<decltype(type)>>(
          a, outer, outputs, log_sums, trees, division, of_query, of_key, of_value);
    });
    // The parts of a key head as one.
    auto summed = [&](const at::Tensor &parts) {
      at::Tensor sum =
          division.parts == a.key_heads
              ? parts
              : parts.reshape({a.rows, a.key_heads, division.parts / a.key_heads, a.size}).sum(2);
      return wrap(sum.to(a.query.scalar_type()));
    };
    *out_query = wrap(of_query);
    *out_key = summed(of_key);
    *out_value = summed(of_value);
  });
}
