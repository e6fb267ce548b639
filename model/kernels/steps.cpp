// Loss, sums of gradients and AdamW.
#include <math.h>

#include "model/kernels/table.h"
#include "model/kernels/vector.h"

namespace othello::OTHELLO_ISA_NAMESPACE {

template <class T>
double loss(const LossTask<T>& t) {
  double total = 0;
  for (size_t row = 0; row < t.rows; ++row) {
    const T* logits = t.logits + row * t.width;
    T* dlogits = t.dlogits + row * t.width;
    const float* p = t.p != nullptr ? t.p + row * t.width : nullptr;
    const size_t target = t.targets != nullptr ? (size_t)t.targets[row] : 0;
    Floats mass{}, best = all(-INFINITY);
    for (size_t i = 0; i < t.width; i += kLanes) {
      Floats v = load_at(logits, i, t.width);
      if (i + kLanes > t.width) v = lane_numbers() < (float)(t.width - i) ? v : all(-INFINITY);
      best = max(v, best);
      if (p != nullptr) mass += load_at(p, i, t.width);
    }
    const float weight = p != nullptr ? sum(mass) : (float)(target != 0);
    if (weight == 0) {
      for (size_t i = 0; i < t.width; i += kLanes) store_at(dlogits, i, t.width, Floats{});
      continue;
    }
    const float top = largest(best);
    Floats exps{}, dot{};
    for (size_t i = 0; i < t.width; i += kLanes) {
      const Floats v = load_at(logits, i, t.width);
      Floats e = exp(v - top);
      if (i + kLanes > t.width) e = lane_numbers() < (float)(t.width - i) ? e : Floats{};
      exps += e;
      if (p != nullptr) dot += load_at(p, i, t.width) * v;
    }
    const float log_sum = top + logf(sum(exps));
    float picked = 0;
    if (p != nullptr) {
      picked = sum(dot);
    } else {
      picked = sum(load_some(logits + target, 1));
    }
    total += (double)weight * log_sum - picked;
    for (size_t i = 0; i < t.width; i += kLanes) {
      Floats d = exp(load_at(logits, i, t.width) - log_sum) * weight;
      if (p != nullptr) d -= load_at(p, i, t.width);
      else d -= lane_numbers() == (float)target - (float)i ? all(1) : Floats{};
      store_at(dlogits, i, t.width, d);
    }
  }
  return total;
}

template <class T>
void sum(float* sums, const T* const* parts, size_t count, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) {
    Floats total = load_at(parts[0], i, n);
    for (size_t part = 1; part < count; ++part) total += load_at(parts[part], i, n);
    store_at(sums, i, n, total);
  }
}

void adamw(float* weight, const float* gradient, float* m, float* v, size_t n, const AdamWFactors& f) {
  for (size_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    m[i] = f.beta1 * m[i] + (1 - f.beta1) * g;
    v[i] = f.beta2 * v[i] + (1 - f.beta2) * g * g;
    weight[i] = f.keep * weight[i] - f.rate * m[i] / (sqrtf(v[i]) * f.inverse_root + f.epsilon);
  }
}

void nesterov(float* momentum, const float* gradient, float* direction, size_t n, float keep) {
  for (size_t i = 0; i < n; ++i) {
    const float g = gradient[i], m = momentum[i] + (1 - keep) * (g - momentum[i]);
    momentum[i] = m;
    direction[i] = g + keep * (m - g);
  }
}

template double loss(const LossTask<float>&);
template double loss(const LossTask<Bf16>&);
template void sum(float*, const float* const*, size_t, size_t);
template void sum(float*, const Bf16* const*, size_t, size_t);

}  // namespace othello::OTHELLO_ISA_NAMESPACE
