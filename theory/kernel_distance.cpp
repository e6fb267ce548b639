#include "theory/kernel_distance.h"

#include <cmath>

namespace othello {
namespace {

double dot_of(const Tensor& a, const Tensor& b) { return (a * b).sum().item<double>(); }

}  // namespace

double kernel_distance(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) fail("kernels of {} and {} positions cannot be compared", a.size(0), b.size(0));
  const double scale = std::sqrt(dot_of(a, a)) * std::sqrt(dot_of(b, b));
  if (!(scale > 0)) fail("a kernel that is 0 everywhere is at no distance from another");
  return 1 - dot_of(a, b) / scale;
}

Tensor centred(const Tensor& kernel) {
  const auto means = kernel.mean(0, /*keepdim=*/true);
  return kernel - means - means.t() + means.mean();
}

double centred_alignment(const Tensor& kernel, const Tensor& targets) {
  const auto k = centred(kernel), y = targets - targets.mean(0, /*keepdim=*/true);
  // ⟨HKH, YYᵀ⟩ = tr(YᵀKY) and ‖YYᵀ‖ = ‖YᵀY‖, without another [n, n].
  const auto across = dot_of(y, at::mm(k, y)), norm = at::mm(y.t(), y).norm().item<double>();
  return across / (k.norm().item<double>() * norm);
}

Tensor indicators(const Tensor& labels, std::int64_t classes) {
  return at::one_hot(labels.to(at::kLong), classes).flatten(1).to(at::kDouble);
}

double kernel_velocity(double distance, double time, double later) {
  return distance / (std::log1p(later) - std::log1p(time));
}

double effective_rank(const Tensor& eigenvalues) {
  const auto positive = eigenvalues.clamp_min(0);
  const auto share = positive / positive.sum();
  return std::exp(-at::xlogy(share, share).sum().item<double>());
}

}  // namespace othello
