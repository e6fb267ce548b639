// One vector of fp32 numbers in the width of this instruction set, and what the kernels do with it. Everything lives in
// the instruction set's own namespace, OTHELLO_ISA_NAMESPACE, so that no wide instruction leaks into other code.
#pragma once

#include <stddef.h>
#include <stdint.h>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif
#include <utility>

#include "model/kernels/kernels.h"

namespace othello::OTHELLO_ISA_NAMESPACE {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef int32_t Ints __attribute__((vector_size(4 * kLanes)));
typedef uint32_t Words __attribute__((vector_size(4 * kLanes)));
typedef uint16_t Halves __attribute__((vector_size(2 * kLanes)));

template <class Number, size_t... lane>
constexpr Ints make_pattern(Number number, std::index_sequence<lane...>) {
  return Ints{number((int)lane)...};
}

/// {number(0), number(1), …} of the lanes, made when the program is compiled.
template <class Number>
constexpr Ints kPattern = make_pattern(Number{}, std::make_index_sequence<kLanes>{});

struct LaneNumber {
  constexpr int operator()(int lane) const { return lane; }
};

inline Floats all(float x) { return x - Floats{}; }  // 0 + x would not be free: it turns −0 into 0

inline Floats load(const float* p) {
  Floats v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

inline void store(float* p, Floats v) { __builtin_memcpy(p, &v, sizeof v); }

#if defined(__AVX512F__)

/// g++ 12 makes two halves of this conversion and joins them.
inline Floats widen(__m256i bits) { return (Floats)_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16); }

/// Rounds to the nearest, ties to even; NaN stays NaN.
inline __m256i narrow(Floats v) { return (__m256i)_mm512_cvtneps_pbh((__m512)v); }

inline Floats load(const Bf16* p) { return widen(_mm256_loadu_si256((const __m256i*)p)); }
inline void store(Bf16* p, Floats v) { _mm256_storeu_si256((__m256i*)p, narrow(v)); }

inline __mmask16 first_lanes(size_t n) { return (__mmask16)((1U << n) - 1); }

/// The first n < kLanes numbers; the other lanes are 0.
inline Floats load_some(const float* p, size_t n) { return (Floats)_mm512_maskz_loadu_ps(first_lanes(n), p); }
inline Floats load_some(const Bf16* p, size_t n) { return widen(_mm256_maskz_loadu_epi16(first_lanes(n), p)); }
inline void store_some(float* p, Floats v, size_t n) { _mm512_mask_storeu_ps(p, first_lanes(n), (__m512)v); }
inline void store_some(Bf16* p, Floats v, size_t n) { _mm256_mask_storeu_epi16(p, first_lanes(n), narrow(v)); }

#else

inline Floats load(const Bf16* p) {
  Halves bits;
  __builtin_memcpy(&bits, p, sizeof bits);
  return (Floats)(__builtin_convertvector(bits, Words) << 16);
}

/// Rounds to the nearest, ties to even; NaN stays NaN.
inline void store(Bf16* p, Floats v) {
  const Words w = (Words)v;
  const Words rounded = (w + 0x7FFF + ((w >> 16) & 1)) >> 16;
  const Halves bits = __builtin_convertvector(v == v ? rounded : (Words{} + 0x7FC0), Halves);
  __builtin_memcpy(p, &bits, sizeof bits);
}

/// The first n < kLanes numbers; the other lanes are 0.
template <class T>
inline Floats load_some(const T* p, size_t n) {
  T lanes[kLanes] = {};
  __builtin_memcpy(lanes, p, n * sizeof(T));
  return load(lanes);
}

template <class T>
inline void store_some(T* p, Floats v, size_t n) {
  T lanes[kLanes];
  store(lanes, v);
  __builtin_memcpy(p, lanes, n * sizeof(T));
}

#endif

/// A vector at column `i` of a row of `width`; whole vectors but for the last.
template <class T>
inline Floats load_at(const T* row, size_t i, size_t width) {
  return i + kLanes <= width ? load(row + i) : load_some(row + i, width - i);
}

template <class T>
inline void store_at(T* row, size_t i, size_t width, Floats v) {
  if (i + kLanes <= width) store(row + i, v);
  else store_some(row + i, v, width - i);
}

inline void add_at(float* row, size_t i, size_t width, Floats v) {
  store_at(row, i, width, load_at(row, i, width) + v);
}

inline Floats max(Floats a, Floats b) { return a > b ? a : b; }

template <int half>
struct Partner {
  constexpr int operator()(int lane) const { return lane ^ half; }
};

/// Combines all lanes, halves first.
template <int half = kLanes / 2, class Combine>
inline float reduce(Floats v, Combine combine) {
  v = combine(v, __builtin_shuffle(v, kPattern<Partner<half>>));
  if constexpr (half > 1) return reduce<half / 2>(v, combine);
  else return v[0];
}

inline float sum(Floats v) {
  return reduce(v, [](Floats a, Floats b) { return a + b; });
}

inline float largest(Floats v) {
  return reduce(v, [](Floats a, Floats b) { return max(a, b); });
}

/// 1/x to about 1 ulp, for x that is neither 0 nor infinite.
inline Floats reciprocal(Floats x) {
#if defined(__AVX512F__)
  const Floats guess = (Floats)_mm512_rcp14_ps((__m512)x);  // 14 bits; one step of Newton's doubles them
  return guess * (2.0F - x * guess);
#else
  return 1.0F / x;
#endif
}

inline Floats lane_numbers() { return __builtin_convertvector(kPattern<LaneNumber>, Floats); }

/// eˣ for x ≤ 88, to about 1 ulp; below −87 it is 0, NaN stays NaN. x = n·ln 2 + r, e^r by Taylor's polynomial.
inline Floats exp(Floats x) {
  constexpr float kRound = 12582912.0F;  // 1.5·2²³: adding it rounds to whole numbers
  const Floats shifted = x * 1.44269504F + kRound;
  const Floats n = shifted - kRound;
  const Floats r = x - n * 0.693359375F + n * 2.12194440e-4F;
  Floats p = all(1.9875691500e-4F);
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const Floats scaled = (Floats)((Ints)p + ((Ints)shifted << 23));
  return x < -87.0F ? Floats{} : scaled;
}

}  // namespace
}  // namespace othello::OTHELLO_ISA_NAMESPACE
