#include "theory/logistic_regression.h"

#include <limits>

namespace othello {
namespace {

constexpr double kLeast = 1e-9;  // of the curvature, as a share of the rows: keeps separable data finite

/// One Newton step for gradient [p] and curvature [p, p] at `weights`.
Tensor newton(const Tensor& gradient, const Tensor& curvature, double rows) {
  const auto p = gradient.size(0);
  return at::linalg_solve(curvature + kLeast * rows * at::eye(p, curvature.options()), gradient.unsqueeze(1)).flatten();
}

struct Slope {
  Tensor gradient;   // [rows, p] of the log-likelihood of each row
  Tensor curvature;  // [rows, p·p]
};

Slope slope(const Tensor& x, const Tensor& happened, const Tensor& weights) {
  const auto chance = x.mv(weights).sigmoid();
  const auto outer = (x.unsqueeze(2) * x.unsqueeze(1)).flatten(1);  // [rows, p·p]
  return {x * (happened - chance).unsqueeze(1), outer * (chance * (1 - chance)).unsqueeze(1)};
}

}  // namespace

std::vector<Sampled> logistic_regression(const Tensor& x, const Tensor& happened, const Tensor& cluster,
                                         std::int64_t clusters) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto factors = x.size(1);
  const Sampled undefined{kNone, {}, clusters};
  std::vector<Sampled> found(static_cast<std::size_t>(factors), undefined);
  const double share = happened.numel() == 0 ? 0 : happened.mean().item<double>();
  if (share <= 0 || share >= 1) return found;
  const auto deviation = x.std(0, /*unbiased=*/false);
  const auto varying = (deviation > 1e-12).nonzero().flatten();  // columns
  const auto rows = static_cast<double>(x.size(0));
  const auto scaled = ((x - x.mean(0)) / deviation).index_select(1, varying);
  const auto design = at::cat({at::ones({x.size(0), 1}, x.options()), scaled}, 1);  // [rows, p]
  const auto p = design.size(1);

  auto weights = at::zeros({p}, x.options());
  for (int step = 0; step < 25; ++step) {
    const auto at_weights = slope(design, happened, weights);
    const auto change = newton(at_weights.gradient.sum(0), at_weights.curvature.sum(0).view({p, p}), rows);
    weights = weights + change.clamp(-2, 2);
    if (change.abs().max().item<double>() < 1e-10) break;
  }

  const auto last = slope(design, happened, weights);
  const auto sums =
      at::zeros({clusters, p + p * p}, x.options()).index_add_(0, cluster, at::cat({last.gradient, last.curvature}, 1));
  const Bootstrap bootstrap({sums.data_ptr<double>(), static_cast<std::size_t>(sums.numel())},
                            static_cast<std::size_t>(p + p * p));
  for (std::int64_t k = 0; k < varying.size(0); ++k)
    found[static_cast<std::size_t>(varying[k].item<std::int64_t>())] = bootstrap.of([&](auto total) {
      const auto of = at::from_blob(const_cast<double*>(total.data()), {p + p * p}, at::kDouble);
      const auto change = newton(of.slice(0, 0, p), of.slice(0, p).reshape({p, p}), rows);
      return (weights + change)[k + 1].template item<double>();
    });
  return found;
}

}  // namespace othello
