// Means with intervals. The unit of resampling is a cluster (a game or a case), never a position.
#pragma once

#include <cstdint>
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

/// One cluster's contribution to a ratio of sums: `sum` over its items and `count` of them.
struct Cluster {
  double sum = 0;
  double count = 0;
};

/// Σ sum / Σ count with the 95 % percentile interval of 1000 bootstrap resamples of whole clusters
/// (Efron & Tibshirani 1993, §13.3). Deterministic: resamples come from a fixed stream.
/// Throws Error if there is no cluster with a positive count.
Estimate ratio_of_sums(std::span<const Cluster> clusters);

/// The same for the difference a − b of two ratios over the *same* clusters (paired bootstrap).
Estimate paired_difference(std::span<const Cluster> a, std::span<const Cluster> b);

}  // namespace othello
