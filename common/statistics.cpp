#include "common/statistics.h"

#include <algorithm>
#include <cmath>

namespace othello {
namespace {

constexpr std::size_t kResamples = 1000;

/// Calls `visit(cluster)` for every draw of a resample of n clusters.
template <class Visit>
void for_each_drawn(std::size_t n, std::size_t resample, const Visit& visit) {
  static const Stream stream = Stream(0).child("bootstrap");
  for (std::size_t i = 0; i < n; i += 4) {
    const auto draws = stream.block(resample, static_cast<std::uint32_t>(i / 4));
    for (std::size_t k = 0; k < std::min<std::size_t>(4, n - i); ++k)
      visit(bounded(draws[k], static_cast<std::uint32_t>(n)));
  }
}

}  // namespace

Json to_json(const Estimate& e) { return {{"mean", e.mean}, {"low", e.low}, {"high", e.high}, {"n", e.n}}; }

Estimate Sampled::estimate() const {
  std::vector<double> values;
  values.reserve(replicates.size());
  for (const double replicate : replicates)  // a resample may hold no item at all
    if (std::isfinite(replicate)) values.push_back(replicate);
  if (!std::isfinite(value) || values.empty()) fail("a mean over nothing was asked for");
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
  };
  return {value, at(0.025), at(0.975), n};
}

Sampled operator-(const Sampled& a, const Sampled& b) {
  if (a.n != b.n) fail("a paired difference needs equally many clusters, not {} and {}", a.n, b.n);
  Sampled difference{a.value - b.value, a.replicates, a.n};
  for (std::size_t i = 0; i < difference.replicates.size(); ++i) difference.replicates[i] -= b.replicates[i];
  return difference;
}

Json to_json(const Sampled& sampled) {
  return std::isfinite(sampled.value) ? to_json(sampled.estimate()) : Json(nullptr);
}

Bootstrap::Bootstrap(std::span<const double> sums, std::size_t columns)
    : clusters_(sums.size() / columns), columns_(columns), totals_((1 + kResamples) * columns) {
  const auto add = [&](std::size_t cluster, double* total) {
    const double* from = sums.data() + cluster * columns;
    for (std::size_t k = 0; k < columns; ++k) total[k] += from[k];
  };
  for (std::size_t i = 0; i < clusters_; ++i) add(i, totals_.data());
  for (std::size_t resample = 0; resample < kResamples; ++resample) {
    double* total = totals_.data() + (1 + resample) * columns;
    for_each_drawn(clusters_, resample, [&](std::size_t i) { add(i, total); });
  }
}

Sampled Bootstrap::of(const std::function<double(std::span<const double>)>& statistic) const {
  const auto on = [&](std::size_t i) { return statistic(std::span(totals_).subspan(i * columns_, columns_)); };
  Sampled sampled{on(0), std::vector<double>(kResamples), static_cast<std::int64_t>(clusters_)};
  for (std::size_t i = 0; i < kResamples; ++i) sampled.replicates[i] = on(1 + i);
  return sampled;
}

Estimate ratio_of_sums(std::span<const Cluster> clusters) {
  std::vector<double> sums;
  for (const Cluster& cluster : clusters) sums.insert(sums.end(), {cluster.sum, cluster.count});
  return Bootstrap(sums, 2).of([](auto total) { return total[0] / total[1]; }).estimate();
}

Estimate paired_difference(std::span<const Cluster> a, std::span<const Cluster> b) {
  if (a.size() != b.size()) fail("a paired difference needs equally many clusters, not {} and {}", a.size(), b.size());
  std::vector<double> sums;
  for (std::size_t i = 0; i < a.size(); ++i) sums.insert(sums.end(), {a[i].sum, a[i].count, b[i].sum, b[i].count});
  return Bootstrap(sums, 4).of([](auto total) { return total[0] / total[1] - total[2] / total[3]; }).estimate();
}

}  // namespace othello
