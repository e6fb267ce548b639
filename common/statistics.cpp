#include "common/statistics.h"

#include <algorithm>
#include <cmath>

namespace othello {
namespace {

constexpr int kResamples = 1000;

double ratio(const Cluster& total) { return total.sum / total.count; }

/// Calls `add(cluster index)` for a resample of n clusters; `resample` −1 stands for the data themselves.
template <class Add>
void for_each_drawn(std::size_t n, int resample, const Add& add) {
  static const Stream stream = Stream(0).child("bootstrap");
  for (std::size_t i = 0; i < n; ++i) {
    if (resample < 0) {
      add(i);
      continue;
    }
    const auto block = static_cast<std::uint32_t>(i);
    add(stream.below(static_cast<std::uint32_t>(n), static_cast<std::uint64_t>(resample), block));
  }
}

template <class Statistic>
Estimate bootstrap(std::size_t n, const Statistic& statistic) {
  Estimate estimate{.mean = statistic(-1), .low = 0, .high = 0, .n = static_cast<std::int64_t>(n)};
  std::vector<double> values;
  values.reserve(kResamples);
  for (int resample = 0; resample < kResamples; ++resample) {
    const double value = statistic(resample);
    if (std::isfinite(value)) values.push_back(value);  // a resample may hold no item at all
  }
  if (!std::isfinite(estimate.mean) || values.empty()) fail("a mean over nothing was asked for");
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
  };
  estimate.low = at(0.025);
  estimate.high = at(0.975);
  return estimate;
}

Cluster total(std::span<const Cluster> clusters, int resample) {
  Cluster sum;
  for_each_drawn(clusters.size(), resample, [&](std::size_t i) {
    sum.sum += clusters[i].sum;
    sum.count += clusters[i].count;
  });
  return sum;
}

}  // namespace

Json to_json(const Estimate& e) { return {{"mean", e.mean}, {"low", e.low}, {"high", e.high}, {"n", e.n}}; }

Estimate ratio_of_sums(std::span<const Cluster> clusters) {
  return bootstrap(clusters.size(), [&](int resample) { return ratio(total(clusters, resample)); });
}

Estimate paired_difference(std::span<const Cluster> a, std::span<const Cluster> b) {
  if (a.size() != b.size()) fail("a paired difference needs equally many clusters, not {} and {}", a.size(), b.size());
  return bootstrap(a.size(), [&](int resample) { return ratio(total(a, resample)) - ratio(total(b, resample)); });
}

}  // namespace othello
