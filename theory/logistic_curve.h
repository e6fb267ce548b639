// When something emerges: a logistic in the logarithm of training, with intervals for its midpoint and width.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/statistics.h"

namespace othello {

/// y = start + (end − start) / (1 + exp(−ln 81 · (x − midpoint) / width)): `width` is what y takes from 10 % to 90 %.
struct LogisticCurve {
  double start = 0, end = 0;
  double midpoint = 0, width = 1;  // units of x
  double error = 0;                // root mean square of what it leaves
  double explained = 0;            // share of the variance of y

  double operator()(double x) const;
};

/// Least squares fits of logistic curves to shares (start and end within [0, 1]) at the same x. For each midpoint and
/// width, start and end are linear (variable projection: Golub & Pereyra 1973), so that the search is over two numbers:
/// a grid, then pattern search. The midpoint is within the x that were seen, the width from half the smallest gap
/// between them to their whole range and a half.
class LogisticFit {
 public:
  /// At least 5 of them, ascending. Throws Error else.
  explicit LogisticFit(std::vector<double> x);
  LogisticCurve operator()(std::span<const double> y) const;

 private:
  struct Shape {
    double midpoint, width;
    std::vector<double> rise;  // [x] from 0 to 1
  };
  Shape shape(double midpoint, double width) const;
  LogisticCurve best_ends(const Shape& shape, std::span<const double> y) const;

  std::vector<double> x_;
  double narrowest_, widest_;
  std::vector<Shape> grid_;
};

/// What a logistic says of values at several x, each with resamples that are paired over x (the same games).
struct Onset {
  LogisticCurve curve;
  Estimate midpoint, width;  // over refits to the resamples
  bool complete = false;     // at the last x the curve has 90 % of its rise behind it
  std::string undefined;     // why there is no curve; empty if there is one
};

/// There is none if a value is undefined, if the last minus the first is not clear of 0 (paired) or below it, or if the
/// curve explains less than 80 % of the variance over x.
Onset find_onset(const std::vector<double>& x, const std::vector<Sampled>& values);

}  // namespace othello
