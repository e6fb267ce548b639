// The inner loop of AdamW over plain arrays: no torch in sight, so that it compiles to vector code on its own.
#pragma once

#include <cstdint>

namespace othello {

struct AdamWFactors {
  float beta1, beta2, epsilon;
  float rate;          // learning rate / (1 − β1^step)
  float inverse_root;  // 1 / √(1 − β2^step)
  float keep;          // 1 − rate·weight decay
};

/// n elements of weight, m and v are updated in place.
void adamw_loop(float* weight, const float* gradient, float* m, float* v, std::int64_t n, const AdamWFactors& factors);

}  // namespace othello
