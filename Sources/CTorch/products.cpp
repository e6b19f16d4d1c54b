// Products of small float32 matrices, and their transposes, sixteen numbers at a time.
#include "products.h"

#include <algorithm>

#include "lanes.h"

namespace ctorch {

/// Rows of a product that are computed together.
constexpr int64_t strip = 6;

/// `rows` rows of a product, sixteen columns for each of so many vectors: sums that stay in registers.
template <int64_t rows, int64_t vectors>
CTORCH_INLINE void multiply_strip(float *c, int64_t c_row, const Matrix &a, const float *b,
                                  int64_t b_row, int64_t depth, bool adds) {
  Lanes sums[rows][vectors], v[vectors];
  for (int64_t i = 0; i < rows; i++) {
    if (adds) std::memcpy(sums[i], c + i * c_row, sizeof(v));
    else for (Lanes &sum : sums[i]) sum = 0;
  }
  const float *factors = a.data;
  for (int64_t k = 0; k < depth; k++, b += b_row, factors += a.column) {
    std::memcpy(v, b, sizeof(v));
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t j = 0; j < vectors; j++) sums[i][j] += v[j] * factors[i * a.row];
    }
  }
  for (int64_t i = 0; i < rows; i++) std::memcpy(c + i * c_row, sums[i], sizeof(v));
}

/// The same for a number of rows that is known late: 1 to `most`.
template <int64_t most, int64_t vectors>
CTORCH_INLINE void multiply_rows(int64_t rows, float *c, int64_t c_row, const Matrix &a,
                                 const float *b, int64_t b_row, int64_t depth, bool adds) {
  if constexpr (most > 1) {
    if (rows < most) {
      return multiply_rows<most - 1, vectors>(rows, c, c_row, a, b, b_row, depth, adds);
    }
  }
  multiply_strip<most, vectors>(c, c_row, a, b, b_row, depth, adds);
}

/// All rows of so many vectors of columns.
template <int64_t vectors>
CTORCH_INLINE void multiply_columns(float *c, int64_t c_row, const Matrix &a, const float *b,
                                    int64_t b_row, int64_t rows, int64_t depth, bool adds) {
  for (int64_t i = 0; i < rows; i += strip) {
    Matrix from{a.data + i * a.row, a.row, a.column};
    multiply_rows<strip, vectors>(std::min(strip, rows - i), c + i * c_row, c_row, from, b, b_row,
                                  depth, adds);
  }
}

/// Whether a strip of four vectors fits the registers: 32 of sixteen numbers.
static bool has_many_registers() {
#if defined(__x86_64__) && defined(__linux__)
  static const bool result = __builtin_cpu_supports("x86-64-v4");
  return result;
#else
  return false;
#endif
}

CTORCH_FOR_EACH_CPU void multiply(float *c, int64_t c_row, const Matrix &a, const float *b,
                                  int64_t b_row, int64_t rows, int64_t columns, int64_t depth,
                                  bool adds) {
  const bool is_wide = has_many_registers();
  for (int64_t j = 0; j < columns;) {
    int64_t left = (columns - j) / lane_count;
    if (is_wide && left >= 4) {
      multiply_columns<4>(c + j, c_row, a, b + j, b_row, rows, depth, adds);
      j += 4 * lane_count;
    } else if (is_wide && left >= 2) {
      multiply_columns<2>(c + j, c_row, a, b + j, b_row, rows, depth, adds);
      j += 2 * lane_count;
    } else {
      multiply_columns<1>(c + j, c_row, a, b + j, b_row, rows, depth, adds);
      j += lane_count;
    }
  }
}

/// Exchanges rows and columns of sixteen rows of sixteen numbers.
CTORCH_INLINE void transpose_block(Lanes (&v)[16]) {
  // Four rounds: of lanes whose number has a bit set in one row and not in the other.
  Lanes w[16];
  for (int i = 0; i < 16; i += 2) {
    w[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12,
                                   28, 14, 30);
    w[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27,
                                       13, 29, 15, 31);
  }
  for (int i = 0; i < 16; i++) {
    if (i & 2) continue;
    v[i] = __builtin_shufflevector(w[i], w[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12,
                                   13, 28, 29);
    v[i + 2] = __builtin_shufflevector(w[i], w[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27,
                                       14, 15, 30, 31);
  }
  for (int i = 0; i < 16; i++) {
    if (i & 4) continue;
    w[i] = __builtin_shufflevector(v[i], v[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24,
                                   25, 26, 27);
    w[i + 4] = __builtin_shufflevector(v[i], v[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15,
                                       28, 29, 30, 31);
  }
  for (int i = 0; i < 8; i++) {
    v[i] = __builtin_shufflevector(w[i], w[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21,
                                   22, 23);
    v[i + 8] = __builtin_shufflevector(w[i], w[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26,
                                       27, 28, 29, 30, 31);
  }
}

CTORCH_FOR_EACH_CPU void transpose(const float *from, int64_t rows, int64_t columns, float *to,
                                   int64_t to_row) {
  for (int64_t i = 0; i < rows; i += lane_count) {
    for (int64_t j = 0; j < columns; j += lane_count) {
      Lanes block[16] = {};
      for (int64_t k = 0; k < std::min(lane_count, rows - i); k++) {
        std::memcpy(&block[k], from + (i + k) * columns + j, sizeof(Lanes));
      }
      transpose_block(block);
      for (int64_t k = 0; k < lane_count; k++) {
        std::memcpy(to + (j + k) * to_row + i, &block[k], sizeof(Lanes));
      }
    }
  }
}

}  // namespace ctorch
