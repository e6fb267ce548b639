#include "interventions/subspace.h"

#include <cmath>

namespace othello {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

/// The Q of QR with a positive diagonal of R, which makes it unique: a small step of the matrix is then a small step of
/// its Q, column by column.
Tensor orthonormal(const Tensor& matrix) {
  const auto [q, r] = at::linalg_qr(matrix.to(at::kDouble));
  const auto signs = at::where(r.diagonal() < 0, -at::ones({}, at::kDouble), at::ones({}, at::kDouble));
  return (q * signs).to(at::kFloat);
}

}  // namespace

Tensor Subspace::swap(const Tensor& base, const Tensor& source) const {
  return base + at::matmul(at::matmul(source - base, basis), basis.t());
}

Subspace random_subspace(std::int64_t width, std::int64_t dimension, const Stream& stream) {
  if (dimension < 0 || dimension > width) fail("a space of {} dimensions has no subspace of {}", width, dimension);
  const at::NoGradGuard no_grad;
  auto normal = torch::empty({width, dimension}, at::kFloat);
  stream.normal(0, {normal.data_ptr<float>(), static_cast<std::size_t>(normal.numel())});
  return {orthonormal(normal)};
}

Subspace random_subspace(std::int64_t width, std::int64_t dimension, std::uint64_t seed) {
  return random_subspace(width, dimension, Stream(seed).child("subspace"));
}

SubspaceFit fit_subspace(std::int64_t width, std::int64_t dimension, const SubspaceSettings& settings,
                         const std::function<Tensor(const Tensor& basis, int step)>& objective) {
  if (settings.steps < 1 || !(settings.rate > 0)) fail("a subspace is learned in at least one step at a rate above 0");
  SubspaceFit fit;
  auto& basis = fit.subspace.basis = random_subspace(width, dimension, settings.seed).basis;
  auto first = at::zeros_like(basis), second = at::zeros_like(basis);
  for (int step = 0; step < settings.steps; ++step) {
    Tensor gradient;
    {
      const at::AutoGradMode with_graph(true);
      const auto leaf = basis.detach().clone().requires_grad_(true);
      const auto loss = objective(leaf, step);
      fit.losses.push_back(loss.item<double>());
      if (!std::isfinite(fit.losses.back())) fail("the loss of a subspace was not finite at step {}", step);
      gradient = gradients(loss, {leaf})[0];
    }
    const at::NoGradGuard no_grad;
    const auto turn = at::mm(basis.t(), gradient);
    gradient = gradient - at::mm(basis, (turn + turn.t()) / 2);  // what would leave the orthonormal matrices
    const double correction1 = 1 - std::pow(kBeta1, step + 1), correction2 = 1 - std::pow(kBeta2, step + 1);
    const double rate = settings.rate * (1 - static_cast<double>(step) / settings.steps);
    first.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    second.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    basis = orthonormal(basis.addcdiv(first, (second / correction2).sqrt_().add_(kEpsilon), -rate / correction1));
  }
  return fit;
}

}  // namespace othello
