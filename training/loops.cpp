#include "training/loops.h"

#include <bit>
#include <cmath>

namespace othello {

void add_loop(float* sum, const float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) sum[i] += x[i];
}

void add_bf16_loop(float* sum, const std::uint16_t* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) sum[i] += std::bit_cast<float>(std::uint32_t{x[i]} << 16);
}

void adamw_loop(float* weight, const float* gradient, float* m, float* v, std::int64_t n, const AdamWFactors& f) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    m[i] = f.beta1 * m[i] + (1 - f.beta1) * g;
    v[i] = f.beta2 * v[i] + (1 - f.beta2) * g * g;
    weight[i] = f.keep * weight[i] - f.rate * m[i] / (std::sqrt(v[i]) * f.inverse_root + f.epsilon);
  }
}

}  // namespace othello
