#include "report/axis.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace othello {

double Axis::at(double value) const {
  const double share = logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return from + share * (to - from);
}

std::vector<double> round_ticks(double low, double high, int about) {
  if (!(high > low)) return {low};
  const double raw = (high - low) / about;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= raw * 0.999) step = factor * power;
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; i <= 3 * about && (first + i) * step <= high + 1e-9 * step; ++i) ticks.push_back((first + i) * step);
  return ticks;
}

std::vector<double> log_ticks(double low, double high) {
  std::vector<double> ticks;
  const bool fine = std::log10(high / low) < 3;
  for (double power = std::pow(10, std::floor(std::log10(low))); power <= high; power *= 10)
    for (const double factor : {1.0, 2.0, 5.0})
      if ((fine || factor == 1) && factor * power >= low * 0.999 && factor * power <= high * 1.001)
        ticks.push_back(factor * power);
  return ticks;
}

int tick_decimals(const std::vector<double>& ticks) {
  if (ticks.size() < 2) return 2;
  const double step = ticks[1] - ticks[0];
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-6)), 0, 6);
}

std::vector<double> spread(const std::vector<double>& wanted, double distance, double low, double high) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });

  // Labels that would collide form a block that stands at the mean of what its members want; pooling adjacent
  // blocks (isotonic regression) gives the least-squares solution.
  struct Block {
    double sum;
    std::size_t count;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < order.size(); ++i) {
    blocks.push_back({wanted[order[i]] - static_cast<double>(i) * distance, 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
      blocks[blocks.size() - 2].sum += blocks.back().sum;
      blocks[blocks.size() - 2].count += blocks.back().count;
      blocks.pop_back();
    }
  }
  const double last = std::max(low, high - static_cast<double>(wanted.size() - 1) * distance);
  std::vector<double> placed(wanted.size());
  std::size_t i = 0;
  for (const auto& block : blocks)
    for (std::size_t k = 0; k < block.count; ++k, ++i)
      placed[order[i]] = std::clamp(block.mean(), low, last) + static_cast<double>(i) * distance;
  return placed;
}

}  // namespace othello
