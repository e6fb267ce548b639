#include "interventions/score.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace othello {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

template <class Visit>
void for_each_token(std::uint64_t tokens, const Visit& visit) {
  for (; tokens != 0; tokens &= tokens - 1) visit(static_cast<std::size_t>(std::countr_zero(tokens)) + 1);
}

}  // namespace

std::uint64_t top_tokens(std::span<const float> logits, int count) {
  std::vector<int> tokens(logits.size() - 1);
  std::iota(tokens.begin(), tokens.end(), 1);
  const auto end = tokens.begin() + std::min(count, static_cast<int>(tokens.size()));
  std::partial_sort(tokens.begin(), end, tokens.end(), [&](int a, int b) {
    const float x = logits[static_cast<std::size_t>(a)], y = logits[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  });
  std::uint64_t top = 0;
  for (auto token = tokens.begin(); token != end; ++token) top |= std::uint64_t{1} << (*token - 1);
  return top;
}

int top_n_error(std::span<const float> logits, std::uint64_t legal) {
  const int n = std::popcount(legal);
  return 2 * (n - std::popcount(top_tokens(logits, n) & legal));
}

int null_lower_bound(std::uint64_t before, std::uint64_t after) {
  return 2 * std::min(std::popcount(after & ~before), std::popcount(before & ~after));
}

const std::vector<const char*>& score_names() {
  static const std::vector<const char*> names{
      "error", "f1", "legal_top1", "mass_gained", "mass_lost", "kl", "logit_difference", "overlap", "overlap_before"};
  return names;
}

std::vector<double> scores(std::span<const float> logits, std::span<const float> unedited, const Legal& legal) {
  const int n = std::popcount(legal.after);
  const auto top = top_tokens(logits, n);
  const auto share = [n](std::uint64_t tokens) { return static_cast<double>(std::popcount(tokens)) / n; };
  // Padding is part of the distribution: its probability is none that a move has.
  double largest = logits[0], total = 0;
  for (const float z : logits) largest = std::max(largest, static_cast<double>(z));
  for (const float z : logits) total += std::exp(static_cast<double>(z) - largest);
  const double normaliser = largest + std::log(total);
  const auto mass = [&](std::uint64_t tokens) {
    if (tokens == 0) return kUndefined;
    double sum = 0;
    for_each_token(tokens, [&](std::size_t t) { sum += std::exp(static_cast<double>(logits[t]) - normaliser); });
    return sum;
  };
  const auto mean_logit = [&](std::uint64_t tokens) {
    if (tokens == 0) return kUndefined;
    double sum = 0;
    for_each_token(tokens, [&](std::size_t t) { sum += static_cast<double>(logits[t]); });
    return sum / std::popcount(tokens);
  };
  const auto gained = legal.after & ~legal.before, lost = legal.before & ~legal.after;
  std::vector<double> all(kScores);
  const auto set = [&](Score score, double value) { all[static_cast<std::size_t>(score)] = value; };
  set(Score::error, 2 * (n - std::popcount(top & legal.after)));
  set(Score::f1, share(top & legal.after));
  set(Score::legal_top1, (top_tokens(logits, 1) & legal.after) != 0 ? 1 : 0);
  set(Score::mass_gained, mass(gained));
  set(Score::mass_lost, mass(lost));
  set(Score::kl, normaliser - mean_logit(legal.after) - std::log(n));
  set(Score::logit_difference, mean_logit(gained) - mean_logit(lost));
  set(Score::overlap, share(top & top_tokens(unedited, n)));
  set(Score::overlap_before, share(top & legal.before));
  return all;
}

}  // namespace othello
