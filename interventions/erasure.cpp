#include "interventions/erasure.h"

#include <cmath>

#include "interventions/subspace.h"

namespace othello {
namespace {

constexpr double kLeastVariance = 1e-8;  // of the largest: less is rounding, or a direction that nothing uses
constexpr double kRounding = 1e-12;      // of the squared mean: what its subtraction leaves where x is constant
constexpr double kLeastCorrelation = 1e-6;
constexpr double kLeastClass = 1e-12;     // variance of the indicator of a class that occurs
constexpr double kNothingLeft = 1e-6;     // of Σxz, after rounds of INLP
constexpr double kLeastDirection = 1e-4;  // of the longest of a round: the classes' directions add up to 0
constexpr double kLeastRidge = 1e-9;

/// Where x varies: eigenvectors of Σxx and the deviations along them. W = directions / deviations · directionsᵀ and
/// W⁺ = directions · deviations · directionsᵀ of `leace`.
struct Variation {
  Tensor directions;  // [width, kept] fp64, orthonormal
  Tensor deviations;  // [kept] fp64
};

Variation variation(const ConceptMoments& moments) {
  const auto [values, vectors] = at::linalg_eigh(moments.covariance);
  const auto least = values.max().clamp_min(0) * kLeastVariance + moments.mean.square().sum() * kRounding;
  const auto kept = (values > least).nonzero().squeeze(1);
  return {vectors.index_select(1, kept), values.index_select(0, kept).sqrt()};
}

/// u [kept, rank] with orthonormal columns in whitened coordinates.
Eraser whitened_eraser(const ConceptMoments& moments, const Variation& of, const Tensor& u) {
  return {moments.mean.to(at::kFloat), at::mm(of.directions * of.deviations, u).to(at::kFloat),
          at::mm(of.directions / of.deviations, u).to(at::kFloat)};
}

Eraser orthogonal_eraser(const Tensor& mean, const Tensor& basis) {
  const auto columns = basis.to(at::kFloat);
  return {mean.to(at::kFloat), columns, columns};
}

/// Σxz with each indicator divided by its deviation; 0 for classes that occur never or always.
Tensor standardised_cross(const ConceptMoments& moments) {
  const auto variance = moments.frequencies * (1 - moments.frequencies);
  const auto scale =
      at::where(variance > kLeastClass, variance.clamp_min(kLeastClass).rsqrt(), at::zeros_like(variance));
  return moments.cross * scale;
}

/// The left singular vectors of matrix [rows, columns] whose singular values are above `least(largest)`.
template <class Least>
Tensor span(const Tensor& matrix, const Least& least) {
  const auto [u, s, v] = at::linalg_svd(matrix, /*full_matrices=*/false);
  const auto largest = s.numel() > 0 ? s.max().item<double>() : 0.0;
  return u.index_select(1, (s > least(largest)).nonzero().squeeze(1));
}

}  // namespace

ConceptMoments concept_moments(const NormalEquations& sums, std::size_t target, std::int64_t first,
                               std::int64_t count) {
  const at::NoGradGuard no_grad;
  const auto& all = sums.cross.at(target);
  if (count < 0) count = all.size(1) - first;
  if (first < 0 || count < 1 || first + count > all.size(1))
    fail("a target with {} outputs has no columns {} to {}", all.size(1), first, first + count - 1);
  ConceptMoments moments;
  moments.rows = sums.rows.item<double>();
  if (!(moments.rows > 0)) fail("a concept cannot be erased without positions to learn it from");
  const auto width = sums.gram.size(0) - 1;
  const auto means = sums.gram[width] / moments.rows;
  if (std::abs(means[width].item<double>() - 1) > 1e-6)
    fail("a concept is erased from activations whose sums have one intercept, which these lack");
  moments.mean = means.narrow(0, 0, width).clone();
  const auto columns = all.narrow(1, first, count) / moments.rows;
  moments.frequencies = columns[width].clone();
  moments.cross = columns.narrow(0, 0, width) - at::outer(moments.mean, moments.frequencies);
  const auto second = sums.gram.narrow(0, 0, width).narrow(1, 0, width) / moments.rows;
  moments.covariance = (second + second.t()) / 2 - at::outer(moments.mean, moments.mean);
  return moments;
}

Tensor Eraser::apply(const Tensor& x) const {
  return at::addmm(x, at::mm(x - mean, right), left.t(), /*beta=*/1, /*alpha=*/-1);
}

Eraser leace(const ConceptMoments& moments, double tolerance) {
  const at::NoGradGuard no_grad;
  if (!(tolerance >= 0)) fail("the tolerance of an erasure cannot be below 0");
  const auto of = variation(moments);
  const auto correlations =
      at::mm((of.directions / of.deviations).t(), standardised_cross(moments));  // [kept, classes]
  return whitened_eraser(moments, of,
                         span(correlations, [&](double) { return std::max(tolerance, kLeastCorrelation); }));
}

Eraser iterative_nullspace(const ConceptMoments& moments, int rounds, double ridge) {
  const at::NoGradGuard no_grad;
  if (rounds < 1 || !(ridge >= 0)) fail("null-space projection needs at least one round and a ridge of 0 or more");
  // In coordinates along the directions in which x varies: a small ridge would magnify what rounding puts into others.
  const auto of = variation(moments);
  const auto cross = at::mm(of.directions.t(), standardised_cross(moments));  // [kept, classes]
  const auto covariance = of.deviations.square().diag();
  const auto kept = cross.size(0);
  const auto unit = at::eye(kept, at::kDouble);
  const auto variance = moments.covariance.diagonal().mean();
  const auto nothing = cross.norm() * kNothingLeft;
  auto removed = torch::empty({kept, 0}, at::kDouble);  // orthonormal columns
  for (int round = 0; round < rounds && removed.size(1) < kept; ++round) {
    const auto gone = at::mm(removed, removed.t());
    const auto keep = unit - gone;
    const auto left = at::mm(keep, cross);
    if ((left.norm() <= nothing).item<bool>()) break;
    // What is gone gets a variance of its own, so that the system has a solution.
    const auto system = at::mm(at::mm(keep, covariance), keep) + variance * (gone + (ridge + kLeastRidge) * unit);
    const auto factor = at::linalg_cholesky((system + system.t()) / 2);
    const auto slopes = at::mm(keep, at::cholesky_solve(left, factor));
    removed = at::cat({removed, span(slopes, [](double largest) { return kLeastDirection * largest; })}, 1);
  }
  return orthogonal_eraser(moments.mean, at::mm(of.directions, removed));
}

Eraser random_erasure(std::int64_t width, std::int64_t rank, const Tensor& mean, const Stream& stream) {
  return orthogonal_eraser(mean, random_subspace(width, rank, stream).basis);
}

Eraser random_whitened_erasure(const ConceptMoments& moments, std::int64_t rank, const Stream& stream) {
  const at::NoGradGuard no_grad;
  const auto of = variation(moments);
  const auto kept = of.deviations.size(0);
  if (rank > kept) fail("activations that vary in {} directions have no {} to be erased", kept, rank);
  return whitened_eraser(moments, of, random_subspace(kept, rank, stream).basis.to(at::kDouble));
}

}  // namespace othello
