// Random projections of tangents: features φ of k numbers whose inner products are those of the tangents but for noise.
#pragma once

#include "theory/gram.h"

namespace othello {

/// φ = S·g with random signs and a random place for every parameter, a count sketch (Charikar et al. 2002) whose places
/// are contiguous: parameters s·k … s·k + k − 1 go to all k places, turned by a random offset. Two parameters meet with
/// probability 1/k or never, so that E φ·φ' = g·g', and the variance of the cosine is at most (1 + cos²)/k, as with
/// dense random signs; unlike theirs, the cost is one addition per parameter.
class Sketch {
 public:
  Sketch(std::int64_t parameters, std::int64_t dimensions, std::uint64_t seed);

  std::int64_t dimensions() const { return dimensions_; }
  /// to [k] += the sketch of `count` parameters from number `first` on.
  void add(const float* gradient, std::int64_t first, std::int64_t count, float* to) const;

 private:
  std::int64_t dimensions_;
  std::vector<float> signs_;           // [parameters]
  std::vector<std::int64_t> offsets_;  // of each stretch of k parameters
};

struct SketchOptions {
  std::int64_t dimensions = 4096;
  std::uint64_t seed = 0;
  int workers = 1;
  std::int64_t budget = std::int64_t{8} << 30;     // bytes
  std::function<void(double done)> progress = {};  // share of the work, from the calling thread
};

/// Projected tangents of all rows: [n, k] fp32. Sources with as many parameters are projected by the same S for the
/// same seed, so that features of different rows, or of several checkpoints, may be multiplied. Throws Error if n·k
/// numbers and the signs do not fit; Interrupted if asked to stop.
Tensor sketched_tangents(const TangentSource& source, const SketchOptions& options);

/// How the cosines of pairs of rows differ from the exact ones.
struct SketchError {
  double mean_cosine_error = 0;  // mean |difference|
  double rms = 0;
  std::int64_t n = 0;  // rows, all pairs of which are compared
};
/// features [≥ n, k] of the rows of an exact kernel [n, n].
SketchError sketch_error(const Tensor& features, const Tensor& exact);

/// Bytes that a projection of n rows holds.
double sketch_bytes(std::int64_t n, std::int64_t parameters, const SketchOptions& options);

/// Seconds that a projection of n rows takes, by the time of a few of them.
double sketch_seconds(std::int64_t n, const TangentSource& source, const SketchOptions& options);

}  // namespace othello
