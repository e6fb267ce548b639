// Exact GELU with its derivative.
#include "model/kernels/table.h"
#include "model/kernels/vector.h"

namespace othello::OTHELLO_ISA_NAMESPACE {

/// Φ(u) from Abramowitz & Stegun 7.1.26, whose error is below 1.5e-7: erfc(z) = polynomial(1/(1 + p·z))·exp(−z²) with
/// z = |u|/√2. The same exponential gives the density φ(u).
template <class T>
void gelu(const GeluTask<T>& t) {
  for (size_t row = 0; row < t.rows; ++row) {
    T* x = t.x + row * t.width;
    T* y = t.y + row * t.width;
    for (size_t i = 0; i < t.width; i += kLanes) {
      const Floats u = load_at(x, i, t.width) + load_at(t.bias, i, t.width);
      const Floats e = exp(u * u * -0.5F);
      const Floats s = reciprocal(1.0F + 0.3275911F * 0.70710678F * max(u, -u));
      Floats q = all(1.061405429F);
      q = q * s - 1.453152027F;
      q = q * s + 1.421413741F;
      q = q * s - 0.284496736F;
      q = q * s + 0.254829592F;
      const Floats tail = 0.5F * q * s * e;
      const Floats phi = u > 0.0F ? 1.0F - tail : tail;
      store_at(y, i, t.width, u * phi);
      store_at(x, i, t.width, phi + u * e * 0.39894228F);
    }
  }
}

template <class T>
void gelu_gradient(const GeluGradientTask<T>& t) {
  for (size_t row = 0; row < t.rows; ++row) {
    const T* derivative = t.derivative + row * t.width;
    T* dx = t.dx + row * t.width;
    const T* dy = t.dy + row * t.width;
    for (size_t i = 0; i < t.width; i += kLanes) {
      const Floats d = load_at(derivative, i, t.width) * load_at(dy, i, t.width);
      store_at(dx, i, t.width, d);
      add_at(t.dbias, i, t.width, d);
    }
  }
}

template void gelu(const GeluTask<float>&);
template void gelu(const GeluTask<Bf16>&);
template void gelu_gradient(const GeluGradientTask<float>&);
template void gelu_gradient(const GeluGradientTask<Bf16>&);

}  // namespace othello::OTHELLO_ISA_NAMESPACE
