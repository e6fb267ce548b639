#include "theory/smooth_curve.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.h"

namespace othello {
namespace {

constexpr int kLengths = 24, kNoises = 15, kSteps = 600;

/// A place of the curve and its height there (or that of a derivative).
struct Place {
  double x, height;
};

/// Extrema of derivative `order` between the ends, without pairs of neighbours that differ by less than `least`.
std::vector<double> extrema(const SmoothCurve& curve, int order, double least) {
  std::vector<Place> places{{curve.first(), curve.at(curve.first(), order)}};
  const double step = (curve.last() - curve.first()) / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    double low = curve.first() + i * step, high = low + step;
    const auto rises = [&](double x) { return curve.at(x, order + 1) > 0; };
    const bool before = rises(low);
    if (before == rises(high)) continue;
    for (int k = 0; k < 40; ++k) {
      const double middle = (low + high) / 2;
      (before == rises(middle) ? low : high) = middle;
    }
    places.push_back({low, curve.at(low, order)});
  }
  places.push_back({curve.last(), curve.at(curve.last(), order)});
  while (places.size() > 2) {
    std::size_t smallest = 0;
    const auto difference = [&](std::size_t i) { return std::abs(places[i].height - places[i + 1].height); };
    for (std::size_t i = 1; i + 1 < places.size(); ++i)
      if (difference(i) < difference(smallest)) smallest = i;
    if (difference(smallest) >= least) break;
    // A hill and the valley beside it go together; beside an end of the curve one of them alone.
    const bool at_first = smallest == 0, at_last = smallest + 2 == places.size();
    const auto from = places.begin() + static_cast<std::ptrdiff_t>(at_first ? 1 : smallest);
    places.erase(from, from + (at_first || at_last ? 1 : 2));
  }
  std::vector<double> found;
  for (std::size_t i = 1; i + 1 < places.size(); ++i) found.push_back(places[i].x);
  return found;
}

/// Largest minus smallest of a derivative, and its largest size.
std::pair<double, double> range_and_size(const SmoothCurve& curve, int order) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (int i = 0; i <= kSteps; ++i) {
    const double value = curve.at(curve.first() + (curve.last() - curve.first()) * i / kSteps, order);
    low = std::min(low, value), high = std::max(high, value);
  }
  return {high - low, std::max(std::abs(low), std::abs(high))};
}

}  // namespace

SmoothCurve::SmoothCurve(std::vector<double> x, const std::vector<double>& y) : x_(std::move(x)) {
  const auto n = static_cast<Eigen::Index>(x_.size());
  if (n < 4 || x_.size() != y.size()) fail("a smooth curve needs 4 points, not {}", x_.size());
  std::vector<double> gaps;
  for (std::size_t i = 0; i < x_.size(); ++i) {
    if (!std::isfinite(x_[i]) || !std::isfinite(y[i]) || (i > 0 && x_[i] <= x_[i - 1]))
      fail("points of a smooth curve should ascend and be finite");
    if (i > 0) gaps.push_back(x_[i] - x_[i - 1]);
    mean_ += y[i] / static_cast<double>(n);
  }
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2), gaps.end());
  const double shortest = gaps[gaps.size() / 2], longest = 2 * (x_.back() - x_.front());
  Eigen::VectorXd centred(n);
  for (Eigen::Index i = 0; i < n; ++i) centred[i] = y[static_cast<std::size_t>(i)] - mean_;
  weights_.assign(x_.size(), 0.0);
  const double level = std::abs(mean_) * std::sqrt(static_cast<double>(n));
  if (centred.norm() <= 1e-12 * level || centred.norm() == 0) return;  // a flat line, but for rounding
  double best = std::numeric_limits<double>::infinity();
  for (int l = 0; l < kLengths; ++l) {
    const double length = shortest * std::pow(longest / shortest, static_cast<double>(l) / (kLengths - 1));
    Eigen::MatrixXd kernel(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index j = 0; j < n; ++j) {
        const double z = (x_[static_cast<std::size_t>(i)] - x_[static_cast<std::size_t>(j)]) / length;
        kernel(i, j) = std::exp(-z * z / 2);
      }
    for (int k = 0; k < kNoises; ++k) {
      const double noise = std::pow(10.0, -6.0 + 7.0 * k / (kNoises - 1));  // as a share of c²
      const Eigen::LLT<Eigen::MatrixXd> factor(kernel + noise * Eigen::MatrixXd::Identity(n, n));
      if (factor.info() != Eigen::Success) continue;
      const Eigen::VectorXd weights = factor.solve(centred);
      const double scale = centred.dot(weights) / static_cast<double>(n);  // c²
      double determinant = 0;
      for (Eigen::Index i = 0; i < n; ++i) determinant += 2 * std::log(factor.matrixLLT()(i, i));
      const double cost = static_cast<double>(n) * std::log(scale) + determinant;  // −2 log likelihood, but a constant
      if (!(cost < best)) continue;
      best = cost;
      length_ = length;
      noise_ = std::sqrt(scale * noise);
      for (Eigen::Index i = 0; i < n; ++i) weights_[static_cast<std::size_t>(i)] = weights[i];
    }
  }
}

double SmoothCurve::at(double x, int derivative) const {
  double sum = derivative == 0 ? mean_ : 0;
  for (std::size_t i = 0; i < x_.size(); ++i) {
    const double z = (x - x_[i]) / length_, kernel = std::exp(-z * z / 2);
    // Hermite polynomials: the derivatives of a Gaussian
    const double polynomial = derivative == 0   ? 1
                              : derivative == 1 ? -z / length_
                              : derivative == 2 ? (z * z - 1) / (length_ * length_)
                                                : (3 * z - z * z * z) / (length_ * length_ * length_);
    sum += weights_[i] * polynomial * kernel;
  }
  return sum;
}

std::vector<double> turning_points(const SmoothCurve& curve) {
  return extrema(curve, 0, std::max(2 * curve.noise(), range_and_size(curve, 0).first / 20));
}

std::vector<double> knees(const SmoothCurve& curve) {
  if (range_and_size(curve, 0).first <= 2 * curve.noise()) return {};  // it goes nowhere
  const double least = range_and_size(curve, 2).second / 5;
  auto found = extrema(curve, 2, least);
  // Beyond its ends the process goes back to its mean, which bends it there: only what bends much by itself counts.
  std::erase_if(found, [&](double x) { return std::abs(curve.at(x, 2)) < least; });
  return found;
}

}  // namespace othello
