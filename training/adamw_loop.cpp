#include "training/adamw_loop.h"

#include <cmath>

namespace othello {

void adamw_loop(float* weight, const float* gradient, float* m, float* v, std::int64_t n, const AdamWFactors& f) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    m[i] = f.beta1 * m[i] + (1 - f.beta1) * g;
    v[i] = f.beta2 * v[i] + (1 - f.beta2) * g * g;
    weight[i] = f.keep * weight[i] - f.rate * m[i] / (std::sqrt(v[i]) * f.inverse_root + f.epsilon);
  }
}

}  // namespace othello
