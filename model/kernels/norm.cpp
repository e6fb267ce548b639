// Residual sum with layer norm, and its gradient.
#include <math.h>

#include "model/kernels/table.h"
#include "model/kernels/vector.h"

namespace othello::OTHELLO_ISA_NAMESPACE {

template <class T>
void norm(const NormTask<T>& t) {
  const size_t width = t.width;
  for (size_t row = 0; row < t.rows; ++row) {
    const float* x = t.x + row * width;
    Floats total{};
    if (t.delta != nullptr) {
      float* out = t.out + row * width;
      const T* delta = t.delta + row * width;
      for (size_t i = 0; i < width; i += kLanes) {
        const Floats v = load_at(x, i, width) + load_at(delta, i, width) + load_at(t.bias, i, width);
        store_at(out, i, width, v);
        total += v;
      }
      x = out;
    } else {
      for (size_t i = 0; i < width; i += kLanes) total += load_at(x, i, width);
    }
    const float mean = sum(total) / (float)width;
    Floats squares{};
    for (size_t i = 0; i < width; i += kLanes) {
      Floats v = load_at(x, i, width) - mean;
      if (i + kLanes > width) v = lane_numbers() < (float)(width - i) ? v : Floats{};
      squares += v * v;
    }
    const float inverse = 1 / sqrtf(sum(squares) / (float)width + t.epsilon);
    T* y = t.y + row * width;
    for (size_t i = 0; i < width; i += kLanes)
      store_at(y, i, width,
               (load_at(x, i, width) - mean) * inverse * load_at(t.gain, i, width) + load_at(t.offset, i, width));
    t.mean[row] = mean;
    t.inverse[row] = inverse;
  }
}

/// With g = dy·gain and h = (out − mean)·inverse: dx = dout + inverse·(g − mean(g) − h·mean(g·h)).
template <class T>
void norm_gradient(const NormGradientTask<T>& t) {
  const size_t width = t.width;
  for (size_t row = 0; row < t.rows; ++row) {
    const float* out = t.out + row * width;
    const T* dy = t.dy + row * width;
    const float mean = t.mean[row], inverse = t.inverse[row];
    Floats sum_g{}, sum_gh{};
    for (size_t i = 0; i < width; i += kLanes) {
      const Floats d = load_at(dy, i, width), h = (load_at(out, i, width) - mean) * inverse;
      const Floats g = d * load_at(t.gain, i, width);  // 0 in the lanes behind the row
      sum_g += g;
      sum_gh += g * h;
      add_at(t.doffset, i, width, d);
      add_at(t.dgain, i, width, d * h);
    }
    const float mean_g = sum(sum_g) / (float)width, mean_gh = sum(sum_gh) / (float)width;
    float* dx = t.dx + row * width;
    for (size_t i = 0; i < width; i += kLanes) {
      const Floats h = (load_at(out, i, width) - mean) * inverse;
      const Floats g = load_at(dy, i, width) * load_at(t.gain, i, width);
      Floats d = (g - mean_g - h * mean_gh) * inverse;
      if (t.dout != nullptr) d += load_at(t.dout + row * width, i, width);
      store_at(dx, i, width, d);
      if (t.ddelta == nullptr) continue;
      store_at(t.ddelta + row * width, i, width, d);
      add_at(t.dbias, i, width, d);
    }
  }
}

template void norm(const NormTask<float>&);
template void norm(const NormTask<Bf16>&);
template void norm_gradient(const NormGradientTask<float>&);
template void norm_gradient(const NormGradientTask<Bf16>&);

}  // namespace othello::OTHELLO_ISA_NAMESPACE
