// Products of small float32 matrices, for kernels that make many of them on each thread.
#pragma once

#include <cstdint>

namespace ctorch {

/// A matrix of float32, element (i, j) at `data[i * row + j * column]`.
struct Matrix {
  const float *data;
  int64_t row, column;
};

/// c = a · b, or c += a · b: `rows` of a, `depth` rows of b, `columns` (a multiple of sixteen) of
/// both c and b, whose rows have no gaps between their columns.
void multiply(float *c, int64_t c_row, const Matrix &a, const float *b, int64_t b_row, int64_t rows,
              int64_t columns, int64_t depth, bool adds);

/// Exchanges rows and columns; `columns` is a multiple of sixteen, and `to_row` has room for `rows`
/// rounded up to one, with zeros behind them.
void transpose(const float *from, int64_t rows, int64_t columns, float *to, int64_t to_row);

}  // namespace ctorch
