#include "theory/logistic_curve.h"

#include <algorithm>
#include <cmath>

namespace othello {
namespace {

constexpr std::size_t kLeastPoints = 5;  // one more than a logistic has parameters
constexpr int kMidpoints = 41, kWidths = 12;
constexpr double kLeastExplained = 0.8;
const double kRise = std::log(81.0);  // logit 0.9 − logit 0.1

double mean_of(std::span<const double> y) {
  double sum = 0;
  for (const double v : y) sum += v;
  return sum / static_cast<double>(y.size());
}

}  // namespace

double LogisticCurve::operator()(double x) const {
  return start + (end - start) / (1 + std::exp(-kRise * (x - midpoint) / width));
}

LogisticFit::LogisticFit(std::vector<double> x) : x_(std::move(x)) {
  if (x_.size() < kLeastPoints)
    fail("a logistic curve has 4 parameters: {} points are too few, it needs {}", x_.size(), kLeastPoints);
  double gap = x_.back() - x_.front();
  widest_ = 1.5 * gap;
  for (std::size_t i = 1; i < x_.size(); ++i) gap = std::min(gap, x_[i] - x_[i - 1]);
  if (!(gap > 0)) fail("points of a logistic curve should ascend");
  narrowest_ = gap / 2;
  for (int m = 0; m < kMidpoints; ++m)
    for (int w = 0; w < kWidths; ++w)
      grid_.push_back(shape(x_.front() + (x_.back() - x_.front()) * m / (kMidpoints - 1),
                            narrowest_ * std::pow(widest_ / narrowest_, static_cast<double>(w) / (kWidths - 1))));
}

LogisticFit::Shape LogisticFit::shape(double midpoint, double width) const {
  const LogisticCurve unit{.start = 0, .end = 1, .midpoint = midpoint, .width = width};
  Shape made{midpoint, width, {}};
  for (const double x : x_) made.rise.push_back(unit(x));
  return made;
}

LogisticCurve LogisticFit::best_ends(const Shape& shape, std::span<const double> y) const {
  // y ≈ start·f + end·r with f = 1 − r
  double ff = 0, fr = 0, rr = 0, fy = 0, ry = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double r = shape.rise[i], f = 1 - r;
    ff += f * f, fr += f * r, rr += r * r, fy += f * y[i], ry += r * y[i];
  }
  LogisticCurve curve{.midpoint = shape.midpoint, .width = shape.width};
  const double determinant = ff * rr - fr * fr;
  if (determinant > 1e-12 * ff * rr) {
    curve.start = (fy * rr - ry * fr) / determinant;
    curve.end = (ry * ff - fy * fr) / determinant;
    // Shares have ends: where one is out of them it is set there, and the other solved again.
    if (curve.end < 0 || curve.end > 1) {
      curve.end = std::clamp(curve.end, 0.0, 1.0);
      curve.start = (fy - curve.end * fr) / ff;
    }
    if (curve.start < 0 || curve.start > 1) {
      curve.start = std::clamp(curve.start, 0.0, 1.0);
      curve.end = std::clamp((ry - curve.start * fr) / rr, 0.0, 1.0);
    }
  } else {
    curve.start = curve.end = mean_of(y);
  }
  double left = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double off = y[i] - curve.start - (curve.end - curve.start) * shape.rise[i];
    left += off * off;
  }
  curve.error = std::sqrt(left / static_cast<double>(y.size()));
  return curve;
}

LogisticCurve LogisticFit::operator()(std::span<const double> y) const {
  if (y.size() != x_.size()) fail("{} values cannot be fitted at {} points", y.size(), x_.size());
  LogisticCurve best = best_ends(grid_.front(), y);
  for (const auto& shape : grid_)
    if (const auto curve = best_ends(shape, y); curve.error < best.error) best = curve;
  double step = (x_.back() - x_.front()) / (kMidpoints - 1), factor = 1.5;
  while (step > 1e-5) {
    bool better = false;
    for (const auto& [m, w] : {std::pair(step, 1.0), {-step, 1.0}, {0.0, factor}, {0.0, 1 / factor}}) {
      const auto curve = best_ends(
          shape(std::clamp(best.midpoint + m, x_.front(), x_.back()), std::clamp(best.width * w, narrowest_, widest_)),
          y);
      if (curve.error < best.error - 1e-15) best = curve, better = true;
    }
    if (!better) step /= 2, factor = std::sqrt(factor);
  }
  const double mean = mean_of(y);
  double variance = 0;
  for (const double v : y) variance += (v - mean) * (v - mean) / static_cast<double>(y.size());
  best.explained = variance > 0 ? 1 - best.error * best.error / variance : 0;
  return best;
}

Onset find_onset(const std::vector<double>& x, const std::vector<Sampled>& values) {
  Onset onset;
  for (const auto& value : values)
    if (!std::isfinite(value.value)) {
      onset.undefined = "there is nothing of it in these games";
      return onset;
    }
  const auto rise = (values.back() - values.front()).estimate();
  if (!(rise.low > 0)) {
    onset.undefined = fmt::format("it does not rise: last − first checkpoint {:+.2f} points [{:+.2f}, {:+.2f}]",
                                  100 * rise.mean, 100 * rise.low, 100 * rise.high);
    return onset;
  }
  const LogisticFit fit(x);
  std::vector<double> y;
  for (const auto& value : values) y.push_back(value.value);
  onset.curve = fit(y);
  if (onset.curve.explained < kLeastExplained) {
    onset.undefined = fmt::format("it does not rise once: a logistic leaves {:.0f} % of its variance",
                                  100 * (1 - onset.curve.explained));
    return onset;
  }
  const double behind = onset.curve(x.back()) - onset.curve.start;
  onset.complete = behind >= 0.9 * (onset.curve.end - onset.curve.start);
  Sampled midpoint{onset.curve.midpoint, {}, values.front().n}, width{onset.curve.width, {}, values.front().n};
  for (std::size_t r = 0; r < values.front().replicates.size(); ++r) {
    bool defined = true;
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = values[i].replicates[r];
      defined &= std::isfinite(y[i]);
    }
    if (!defined) continue;
    const auto curve = fit(y);
    midpoint.replicates.push_back(curve.midpoint);
    width.replicates.push_back(curve.width);
  }
  onset.midpoint = midpoint.estimate();
  onset.width = width.estimate();
  return onset;
}

}  // namespace othello
