// The inner loops of a step over plain arrays: no torch in sight, so that they compile to vector code on their own.
#pragma once

#include <cstdint>

namespace othello {

/// sum[i] += x[i]
void add_loop(float* sum, const float* x, std::int64_t n);
/// The same for bf16 numbers given by their bits, which are the upper half of an fp32's.
void add_bf16_loop(float* sum, const std::uint16_t* x, std::int64_t n);

struct AdamWFactors {
  float beta1, beta2, epsilon;
  float rate;          // learning rate / (1 − β1^step)
  float inverse_root;  // 1 / √(1 − β2^step)
  float keep;          // 1 − rate·weight decay
};

/// n elements of weight, m and v are updated in place.
void adamw_loop(float* weight, const float* gradient, float* m, float* v, std::int64_t n, const AdamWFactors& factors);

}  // namespace othello
