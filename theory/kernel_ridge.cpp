#include "theory/kernel_ridge.h"

#include <algorithm>

#include "common/error.h"

namespace othello {
namespace {

/// Σ over rows of the same ply, and how many they are.
struct PlySums {
  Tensor sums;   // [plies, columns]
  Tensor count;  // [plies, 1]
};

PlySums ply_sums(const Tensor& x, const Tensor& plies, std::int64_t last) {
  const auto sums = at::zeros({last + 1, x.size(1)}, x.options()).index_add_(0, plies, x);
  const auto count = at::zeros({last + 1, 1}, x.options()).index_add_(0, plies, at::ones({x.size(0), 1}, x.options()));
  return {sums, count};
}

std::int64_t last_ply(const Tensor& plies) { return plies.numel() == 0 ? 0 : plies.max().item<std::int64_t>(); }

/// U·diag(λ/(λ + ridge)): what of a target along each eigenvector is fitted.
Tensor shrunk(const Eigensystem& eigen, double ridge) {
  return eigen.vectors * (eigen.values / (eigen.values + ridge));
}

/// ridge·A·y for the rows of a set: what the fit leaves of y. [rows, outputs]
Tensor residual(const KernelRidge::Set& set, const Tensor& centred, const Tensor& along, double ridge) {
  return centred - shrunk(set.eigen, ridge).mm(along);
}

/// ridge·Aᵢᵢ: [rows, 1].
Tensor residual_diagonal(const KernelRidge::Set& set, double ridge) {
  return (set.free - (shrunk(set.eigen, ridge) * set.eigen.vectors).sum(1)).unsqueeze(1);
}

/// K·α for the rows that fit or those that report.
Tensor apply(const KernelRows& kernel, const Tensor& to, const Tensor& dual) {
  return kernel.features ? to.mm(kernel.fit.t().mm(dual)) : to.mm(dual);
}

/// The intercept of each of `plies`: the mean of y − Kα in it; of all rows where there is none. [rows, outputs]
Tensor intercepts(const KernelRidge::Set& set, const Tensor& unexplained, const Tensor& plies) {
  const auto last = std::max(last_ply(set.plies.fit), last_ply(plies));
  const auto [sums, count] = ply_sums(unexplained, set.plies.fit, last);
  const auto means = at::where(count > 0, sums / count.clamp_min(1), unexplained.mean(0, true));
  return means.index_select(0, plies);
}

}  // namespace

KernelRows KernelRows::first(std::int64_t count) const {
  if (features) return {fit.slice(0, 0, count), report, true};
  return {fit.slice(0, 0, count).slice(1, 0, count), report.slice(1, 0, count), false};
}

Tensor centred_rows(const Tensor& x, const Tensor& plies) {
  const auto [sums, count] = ply_sums(x, plies, last_ply(plies));
  return x - (sums / count.clamp_min(1)).index_select(0, plies);
}

Tensor centred_kernel(const Tensor& k, const Tensor& plies) {
  const auto half = centred_rows(k, plies).t().contiguous();
  const auto both = centred_rows(half, plies);
  return (both + both.t()) / 2;
}

Eigensystem eigensystem(const Tensor& k) {
  if (!k.isfinite().all().item<bool>()) fail("the kernel holds numbers that are not finite");
  const auto [values, vectors] = at::linalg_eigh(k);  // ascending
  const auto n = values.size(0);
  const double least = n == 0 ? 0 : 1e-13 * static_cast<double>(n) * values[n - 1].item<double>();
  const auto kept = (values > std::max(least, 0.0)).sum().item<std::int64_t>();
  return {values.slice(0, n - kept).flip(0).contiguous(), vectors.slice(1, n - kept).flip(1).contiguous()};
}

Eigensystem eigensystem_of_features(const Tensor& x) {
  if (x.size(0) <= x.size(1)) return eigensystem(x.mm(x.t()));
  auto small = eigensystem(x.t().mm(x));  // [k, k]; its eigenvectors w are u = x·w/√λ on the other side
  return {small.values, x.mm(small.vectors) / small.values.sqrt()};
}

KernelRidge::KernelRidge(KernelRows kernel, RowPlies plies, SharedWeights weights)
    : fit_rows_(plies.fit.size(0)), report_rows_(plies.report.size(0)) {
  const int count = weights == SharedWeights::pooled ? 1 : 2;
  double trace = 0;
  for (int parity = 0; parity < count; ++parity) {
    const auto rows = [&](const Tensor& of) {
      return count == 1 ? at::arange(of.size(0), at::kLong) : (of % 2 == parity).nonzero().flatten();
    };
    Set set;
    set.fit = rows(plies.fit);
    set.report = rows(plies.report);
    set.plies = {plies.fit.index_select(0, set.fit), plies.report.index_select(0, set.report)};
    const auto take = [&](const Tensor& of, const Tensor& which) {
      const auto part = count == 1 ? of : of.index_select(0, which);
      return count == 1 || kernel.features ? part : part.index_select(1, set.fit);
    };
    set.kernel = {take(kernel.fit, set.fit), take(kernel.report, set.report), kernel.features};
    set.eigen = kernel.features ? eigensystem_of_features(centred_rows(set.kernel.fit, set.plies.fit))
                                : eigensystem(centred_kernel(set.kernel.fit, set.plies.fit));
    const auto ones = at::ones({set.fit.size(0), 1}, at::kDouble);
    const auto of_ply = ply_sums(ones, set.plies.fit, last_ply(set.plies.fit)).count;
    set.free = 1 - 1 / of_ply.index_select(0, set.plies.fit).flatten();
    trace += set.eigen.values.sum().item<double>();
    sets_.push_back(std::move(set));
  }
  scale_ = trace / static_cast<double>(std::max<std::int64_t>(fit_rows_, 1));
}

KernelRidge::Projected KernelRidge::project(const Tensor& y) const {
  Projected target{y, {}, {}};
  for (const auto& set : sets_) {
    target.centred.push_back(centred_rows(y.index_select(0, set.fit), set.plies.fit));
    target.along.push_back(set.eigen.vectors.t().mm(target.centred.back()));
  }
  return target;
}

Tensor KernelRidge::left_out(const Projected& target, double ridge) const {
  auto found = at::empty_like(target.y);
  for (std::size_t s = 0; s < sets_.size(); ++s) {
    const auto& set = sets_[s];
    const auto of_set = target.y.index_select(0, set.fit);
    const auto left = residual(set, target.centred[s], target.along[s], ridge);
    const auto alone = (set.free <= 0).unsqueeze(1);
    auto predicted = of_set - left / at::where(alone, at::ones_like(alone, at::kDouble), residual_diagonal(set, ridge));
    if (alone.any().item<bool>()) {
      const auto smooth = apply(set.kernel, set.kernel.fit, left / ridge);
      const auto unexplained = of_set - smooth;
      const double others = std::max<double>(1, static_cast<double>(of_set.size(0)) - 1);
      predicted = at::where(alone, smooth + (unexplained.sum(0, true) - unexplained) / others, predicted);
    }
    found.index_copy_(0, set.fit, predicted);
  }
  return found;
}

double KernelRidge::gcv(const Projected& target, double ridge) const {
  double squares = 0, trace = 0;
  for (std::size_t s = 0; s < sets_.size(); ++s) {
    squares += residual(sets_[s], target.centred[s], target.along[s], ridge).square().sum().item<double>();
    trace += residual_diagonal(sets_[s], ridge).sum().item<double>();
  }
  const auto n = static_cast<double>(fit_rows_);
  return squares / n / (trace / n * trace / n);
}

Tensor KernelRidge::predict(const Projected& target, double ridge) const {
  auto found = at::empty({report_rows_, target.y.size(1)}, target.y.options());
  for (std::size_t s = 0; s < sets_.size(); ++s) {
    const auto& set = sets_[s];
    const auto dual = residual(set, target.centred[s], target.along[s], ridge) / ridge;
    const auto unexplained = target.y.index_select(0, set.fit) - apply(set.kernel, set.kernel.fit, dual);
    found.index_copy_(0, set.report,
                      apply(set.kernel, set.kernel.report, dual) + intercepts(set, unexplained, set.plies.report));
  }
  return found;
}

}  // namespace othello
