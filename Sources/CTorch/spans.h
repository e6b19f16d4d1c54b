// Where the spans of packed trees lie.
#pragma once

#include <algorithm>
#include <vector>

#include "shim.h"

namespace ctorch {

/// Rows of a tree that see each other causally, and what all of them see.
struct Span {
  ctorch_range rows;
  /// Ranges of rows before it.
  std::vector<ctorch_range> context;
  /// How many rows the context has.
  int64_t before = 0;

  int64_t key_count() const { return before + rows.count; }

  /// About how many scores its rows have, twice.
  int64_t cost() const { return rows.count * (before + key_count()); }

  /// The first row that it sees.
  int64_t first_seen() const {
    int64_t first = rows.first;
    for (const ctorch_range &range : context) first = std::min(first, range.first);
    return first;
  }

  /// Calls `body` with each range of keys, and the position of its first.
  template <class Body> void for_keys(Body &&body) const {
    int64_t position = 0;
    for (const ctorch_range &range : context) {
      body(range, position);
      position += range.count;
    }
    body(rows, position);
  }
};

/// The spans of a layout of `rows` rows; an error where they are not that.
inline std::vector<Span> spans_of(const ctorch_spans &layout, int64_t rows) {
  std::vector<Span> spans;
  int64_t covered = 0;
  const ctorch_range *context = layout.contexts;
  for (size_t i = 0; i < layout.count; i++) {
    Span span{layout.rows[i], {context, context + layout.context_counts[i]}};
    context += layout.context_counts[i];
    TORCH_CHECK(span.rows.first == covered && span.rows.count > 0,
                "spans are to follow each other without a gap");
    covered += span.rows.count;
    for (const ctorch_range &range : span.context) {
      TORCH_CHECK(range.first >= 0 && range.count > 0 &&
                      range.first <= span.rows.first - range.count,
                  "a span's context lies before it");
      span.before += range.count;
    }
    spans.push_back(std::move(span));
  }
  TORCH_CHECK(covered == rows, "spans have ", covered, " rows of ", rows);
  return spans;
}

/// Which spans see rows of each other: the first of each tree, whose others follow it, and the
/// number of all behind the last.
inline std::vector<int64_t> trees_of(const std::vector<Span> &spans) {
  std::vector<int64_t> firsts;
  for (int64_t i = 0; i < static_cast<int64_t>(spans.size()); i++) {
    firsts.push_back(i);
    while (spans[i].first_seen() < spans[firsts.back()].rows.first) firsts.pop_back();
  }
  firsts.push_back(static_cast<int64_t>(spans.size()));
  return firsts;
}

}  // namespace ctorch
