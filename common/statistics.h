// Means with intervals. The unit of resampling is a cluster (a game or a case), never a position.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/config.h"
#include "common/random.h"

namespace othello {

/// A mean, its 95 % interval and the number of clusters behind it.
struct Estimate {
  double mean = 0;
  double low = 0;
  double high = 0;
  std::int64_t n = 0;

  /// The interval leaves out 0.
  bool clear_of_zero() const { return n > 1 && (low > 0 || high < 0); }
};

/// {"mean", "low", "high", "n"}
Json to_json(const Estimate& estimate);

/// A statistic of data and of 1000 resamples of them. Where it is undefined it is no finite number.
struct Sampled {
  double value = 0;
  std::vector<double> replicates;
  std::int64_t n = 0;  // clusters

  /// With the 95 % percentile interval (Efron & Tibshirani 1993, §13.3) of the resamples in which the statistic is
  /// defined. Throws Error if it is undefined on the data.
  Estimate estimate() const;
};

/// The difference of two statistics, paired: equally many clusters have the same resamples, whatever is summed over
/// them. Throws Error if they are not equally many.
Sampled operator-(const Sampled& a, const Sampled& b);

/// The estimate; null if the statistic is undefined on the data.
Json to_json(const Sampled& sampled);

/// Bootstrap of statistics of column sums over clusters. Deterministic: resamples come from a fixed stream.
class Bootstrap {
 public:
  /// sums: [clusters, columns], what each cluster contributes to each column.
  Bootstrap(std::span<const double> sums, std::size_t columns);

  /// `statistic` gets the sum of every column: [columns].
  Sampled of(const std::function<double(std::span<const double> column_sums)>& statistic) const;

 private:
  std::size_t clusters_, columns_;
  std::vector<double> totals_;  // [1 + resamples, columns], the data themselves first
};

/// One cluster's contribution to a ratio of sums: `sum` over its items and `count` of them.
struct Cluster {
  double sum = 0;
  double count = 0;
};

/// Σ sum / Σ count. Throws Error if there is no cluster with a positive count.
Estimate ratio_of_sums(std::span<const Cluster> clusters);

/// The same for the difference a − b of two ratios over the *same* clusters.
Estimate paired_difference(std::span<const Cluster> a, std::span<const Cluster> b);

}  // namespace othello
