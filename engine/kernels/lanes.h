// One SIMD register of boards, for the instruction set that this file is compiled for.
#pragma once

#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace othello {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 8;
#elif defined(__AVX2__)
constexpr int kLanes = 4;
#else
constexpr int kLanes = 2;
#endif

/// A register of boards: +, &, |, ^, ~ and shifts by a constant work on all of them (a GCC vector extension).
typedef uint64_t Lanes __attribute__((vector_size(8 * kLanes)));

/// The low 32 bits of each, multiplied to 64.
inline Lanes multiply32(Lanes a, uint32_t b) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(b));
#elif defined(__AVX2__)
  return (Lanes)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(b));
#elif defined(__SSE2__)
  return (Lanes)_mm_mul_epu32((__m128i)a, _mm_set1_epi64x(b));
#else
  return (a & 0xFFFFFFFF) * uint64_t{b};
#endif
}

inline Lanes or_and(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
  return (Lanes)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0xF8);
#else
  return a | (b & c);
#endif
}

/// All ones where a is 0.
inline Lanes is_zero(Lanes a) { return (Lanes)(a == 0); }
inline Lanes where(Lanes test, Lanes value) { return value & ~is_zero(test); }

inline bool any_zero(Lanes a) {
#if defined(__AVX512F__)
  return _mm512_testn_epi64_mask((__m512i)a, (__m512i)a) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_epi8(_mm256_cmpeq_epi64((__m256i)a, _mm256_setzero_si256())) != 0;
#else
  return a[0] == 0 || a[1] == 0;
#endif
}

inline Lanes broadcast(uint64_t value) { return Lanes{} + value; }
inline Lanes load(const uint64_t* values) {
  Lanes x;
  __builtin_memcpy(&x, values, sizeof x);
  return x;
}
inline void store(Lanes x, uint64_t* values) { __builtin_memcpy(values, &x, sizeof x); }

inline int count_bits(uint64_t b) {
#if defined(__POPCNT__)
  return __builtin_popcountll(b);
#else
  b = b - ((b >> 1) & 0x5555555555555555);
  b = (b & 0x3333333333333333) + ((b >> 2) & 0x3333333333333333);
  return (int)((((b + (b >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101) >> 56);
#endif
}

/// The square of a bit; 64 if there is none.
inline int square_of(uint64_t disc) {
#if defined(__BMI__)
  return (int)_tzcnt_u64(disc);
#else
  return disc != 0 ? __builtin_ctzll(disc) : 64;
#endif
}

/// The square that draw `value` (of 2³²) chooses among `squares`, in increasing order, as a bit; 0 if there is none.
inline uint64_t choose(uint64_t squares, uint32_t value) {
#if defined(__BMI2__)
  const uint64_t k = (value * (uint64_t)count_bits(squares)) >> 32;
  return _pdep_u64(uint64_t{1} << k, squares);
#else
  // Byte j of `below` is the number of squares on the ranks 1 … j+1.
  uint64_t pairs = squares - ((squares >> 1) & 0x5555555555555555);
  pairs = (pairs & 0x3333333333333333) + ((pairs >> 2) & 0x3333333333333333);
  const uint64_t below = ((pairs + (pairs >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101;
  uint64_t k = (value * (below >> 56)) >> 32;
  if (squares == 0) return 0;
  // The rank is the number of bytes of `below` that are ≤ k: those whose comparison leaves the top bit.
  const uint64_t done = ((k * 0x0101010101010101 | 0x8080808080808080) - below) & 0x8080808080808080;
  const int rank = (int)(((done >> 7) * 0x0101010101010101) >> 56);
  k -= (below << 8) >> (8 * rank) & 0xFF;
  uint64_t bits = squares >> (8 * rank) & 0xFF;
  for (; k > 0; --k) bits &= bits - 1;
  return (bits & -bits) << (8 * rank);
#endif
}

}  // namespace
}  // namespace othello

#include "engine/kernels/bitboard.h"  // whose templates use what is declared above
