#include "theory/aoyagi.h"

#include <algorithm>
#include <vector>

#include "common/error.h"

namespace othello {

LearningCoefficient deep_linear_coefficient(std::span<const int> widths, int rank) {
  if (widths.size() < 2)
    fail("a linear network has at least inputs and outputs, not {} layers of units", widths.size());
  if (*std::min_element(widths.begin(), widths.end()) < std::max(rank, 1) || rank < 0)
    fail("a linear network cannot have rank {} with a layer of {} units", rank,
         *std::min_element(widths.begin(), widths.end()));
  std::vector<long> spare;  // Mᵢ = Hᵢ − r
  for (const int width : widths) spare.push_back(width - rank);
  std::sort(spare.begin(), spare.end());
  // The layers that bind: the ℓ + 1 smallest with Σ ≥ ℓ·max, the others being wider than their mean Σ/ℓ.
  long l = 0, sum = spare[0];
  for (std::size_t k = 1; k < spare.size(); ++k) {
    const long with = sum + spare[k], layers = static_cast<long>(k);
    if (with < layers * spare[k]) break;
    sum = with, l = layers;
  }
  const double r = rank, length = static_cast<double>(l), mean = static_cast<double>(sum) / length;
  const long rounded = (sum + l - 1) / l;  // M = ⌈Σ/ℓ⌉
  const auto a = static_cast<double>(sum - (rounded - 1) * l);
  double pairs = 0;  // Σ_{i<j} MᵢMⱼ
  for (long i = 0; i <= l; ++i)
    for (long j = i + 1; j <= l; ++j)
      pairs += static_cast<double>(spare[static_cast<std::size_t>(i)] * spare[static_cast<std::size_t>(j)]);
  return {(-r * r + r * (widths.front() + widths.back())) / 2 + a * (length - a) / (4 * length) -
              length * (length - 1) / 4 * mean * mean + pairs / 2,
          static_cast<int>(a * (length - a)) + 1};
}

}  // namespace othello
