// A noisy curve over training as a smooth one, and where its stages meet.
#pragma once

#include <vector>

namespace othello {

/// The mean of a Gaussian process with kernel c²·exp(−(x − x')² / 2ℓ²) and noise, around the mean of y: as Hoogland et
/// al. 2024 (arXiv 2402.02364) smooth learning coefficients over training. ℓ and the noise are those of a grid that
/// have the highest marginal likelihood (Rasmussen & Williams 2006, eq. 5.8), c² the best for them; ℓ is not below the
/// middle gap between the points, as nothing is known of what happens within one.
class SmoothCurve {
 public:
  /// At least 4 points, x ascending. Throws Error else, or if a number is not finite.
  SmoothCurve(std::vector<double> x, const std::vector<double>& y);

  /// The curve, or its first, second or third derivative.
  double at(double x, int derivative = 0) const;
  double first() const { return x_.front(); }
  double last() const { return x_.back(); }
  double length() const { return length_; }
  /// Standard deviation of the noise around it.
  double noise() const { return noise_; }

 private:
  std::vector<double> x_, weights_;
  double mean_ = 0, length_ = 1, noise_ = 0;
};

/// Where the curve turns, between first and last point: zeros of its derivative. A hill or valley whose height is below
/// twice the noise, or below a twentieth of the curve's range, counts as none.
std::vector<double> turning_points(const SmoothCurve& curve);

/// Where a curve that falls or rises in steps bends most: extrema of its second derivative that are at least a fifth of
/// the largest in size, and by as much beyond their neighbours. A step has two, where it begins and where it ends.
std::vector<double> knees(const SmoothCurve& curve);

}  // namespace othello
