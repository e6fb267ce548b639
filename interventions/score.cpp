#include "interventions/score.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

namespace othello {

int top_n_error(std::span<const float> logits, std::uint64_t legal) {
  const int n = std::popcount(legal);
  std::vector<int> tokens(logits.size() - 1);
  std::iota(tokens.begin(), tokens.end(), 1);
  std::partial_sort(tokens.begin(), tokens.begin() + n, tokens.end(), [&](int a, int b) {
    const float x = logits[static_cast<std::size_t>(a)], y = logits[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  });
  const auto wrong =
      std::count_if(tokens.begin(), tokens.begin() + n, [&](int token) { return (legal >> (token - 1) & 1) == 0; });
  return static_cast<int>(2 * wrong);
}

}  // namespace othello
