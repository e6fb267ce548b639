// From numbers to places on paper.
#pragma once

#include <vector>

namespace othello {

/// Maps [low, high] to [from, to] in pixels, by logarithm if asked (then low > 0).
struct Axis {
  double low = 0;
  double high = 1;
  double from = 0;
  double to = 1;
  bool logarithmic = false;

  double at(double value) const;
};

/// Round numbers (1, 2 or 5 times a power of ten apart) that lie in [low, high]; roughly `about` of them.
std::vector<double> round_ticks(double low, double high, int about);

/// Powers of ten in [low, high]; with 2 and 5 between them where these would be fewer than four.
std::vector<double> log_ticks(double low, double high);

/// Decimals that tell neighbouring ticks apart.
int tick_decimals(const std::vector<double>& ticks);

/// The middles of labels that want to stand at `wanted` (any order) moved as little as possible (least squares) so
/// that they keep `distance` between them and stay within [low, high] where there is room.
std::vector<double> spread(const std::vector<double>& wanted, double distance, double low, double high);

}  // namespace othello
