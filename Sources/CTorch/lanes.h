// Sixteen float32 numbers at a time, read from and written to rows of float32 or bfloat16.
//
// Vectors are clang's own: whatever the processor has, it gets in instructions. All of this is
// inlined into functions that are compiled for several processors (CTORCH_FOR_EACH_CPU); vectors
// go by reference, for by value they would follow one processor's calling convention.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

// One function, compiled for several processors; the system's loader takes the best.
#if defined(__x86_64__) && defined(__linux__)
#define CTORCH_FOR_EACH_CPU \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CTORCH_FOR_EACH_CPU
#endif
#define CTORCH_INLINE static inline __attribute__((always_inline))

namespace ctorch {

constexpr int64_t lane_count = 16;

/// The next multiple of sixteen.
constexpr int64_t rounded_up(int64_t count) {
  return (count + lane_count - 1) / lane_count * lane_count;
}

using Lanes = float __attribute__((ext_vector_type(16)));
using Integers = int32_t __attribute__((ext_vector_type(16)));
using Words = uint32_t __attribute__((ext_vector_type(16)));
using Halves = uint16_t __attribute__((ext_vector_type(16)));

/// A bfloat16 number: the upper half of a float32.
struct BFloat16 {
  uint16_t bits;
};

CTORCH_INLINE void widen(Lanes &lanes, const Halves &halves) {
  lanes = __builtin_bit_cast(Lanes, __builtin_convertvector(halves, Words) << 16);
}

/// Rounds to the nearest, to even between two; what is not a number stays so.
CTORCH_INLINE void narrow(Halves &halves, const Lanes &lanes) {
  Words bits = __builtin_bit_cast(Words, lanes);
  Words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  Integers is_number = lanes == lanes;
  halves = __builtin_convertvector(is_number ? rounded : Words(0x7fc0), Halves);
}

/// Copies as many of sixteen numbers as there are.
template <class Number>
CTORCH_INLINE void copy_lanes(void *to, const void *from, int64_t count) {
  if (count >= lane_count) std::memcpy(to, from, lane_count * sizeof(Number));
  else std::memcpy(to, from, static_cast<size_t>(count) * sizeof(Number));
}

/// Reads up to sixteen numbers; behind the last stand zeros.
CTORCH_INLINE void load(Lanes &lanes, const float *from, int64_t count) {
  lanes = 0;
  copy_lanes<float>(&lanes, from, count);
}

CTORCH_INLINE void load(Lanes &lanes, const BFloat16 *from, int64_t count) {
  Halves halves = 0;
  copy_lanes<BFloat16>(&halves, from, count);
  widen(lanes, halves);
}

CTORCH_INLINE void store(float *to, const Lanes &lanes, int64_t count) {
  copy_lanes<float>(to, &lanes, count);
}

CTORCH_INLINE void store(BFloat16 *to, const Lanes &lanes, int64_t count) {
  Halves halves;
  narrow(halves, lanes);
  copy_lanes<BFloat16>(to, &halves, count);
}

/// Rounds numbers as if they were stored and loaded.
CTORCH_INLINE void round_as(const float *, Lanes &) {}
CTORCH_INLINE void round_as(const BFloat16 *, Lanes &lanes) {
  Halves halves;
  narrow(halves, lanes);
  widen(lanes, halves);
}

CTORCH_INLINE float sum(const Lanes &lanes) {
  auto eight = lanes.lo + lanes.hi;
  auto four = eight.lo + eight.hi;
  auto two = four.lo + four.hi;
  return two.x + two.y;
}

CTORCH_INLINE float maximum(const Lanes &lanes) {
  float most = lanes[0];
  for (int64_t lane = 1; lane < lane_count; lane++) most = std::max(most, lanes[lane]);
  return most;
}

/// eˣ to within 2 units of the last place; 0 where it is below 1e-38, and never infinite.
///
/// x = n · ln 2 + r with |r| ≤ ½ ln 2, eʳ by a polynomial (Cephes' expf), 2ⁿ by its bits.
CTORCH_INLINE void exponentiate(Lanes &x) {
  // Written so that what is not a number stays so.
  Integers vanishes = x < -87.0f;
  x = vanishes ? Lanes(-87.0f) : x;
  x = x > 88.0f ? Lanes(88.0f) : x;
  const float magic = 12582912.0f;  // 1.5 · 2²³: the sum's last bits are the nearest integer
  Lanes shifted = x * 1.44269504088896341f + magic;
  Lanes whole = shifted - magic;
  Lanes r = x - whole * 0.693359375f;
  r = r + whole * 2.12194440e-4f;
  Lanes y = Lanes(1.9875691500e-4f);
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * r * r + r + 1.0f;
  Integers n = __builtin_bit_cast(Integers, shifted) - 0x4b400000;
  x = vanishes ? Lanes(0.0f) : y * __builtin_bit_cast(Lanes, (n + 127) << 23);
}

}  // namespace ctorch
