#include "theory/detectors.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "common/threads.h"

namespace othello {
namespace {

constexpr std::int64_t kLeastPositions = 20;
const std::vector<double> kShares{0.5, 0.2, 0.1, 0.05};  // of positions in which a detector fires

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Mean and 95 % point of the Gumbel distribution with the mean and variance of these.
std::pair<double, double> gumbel(std::span<const double> maxima) {
  const double mean = mean_of(maxima);
  double variance = 0;
  for (const double m : maxima) variance += (m - mean) * (m - mean) / static_cast<double>(maxima.size() - 1);
  const double beta = std::sqrt(6 * variance) / std::numbers::pi, mu = mean - std::numbers::egamma * beta;
  return {mean, mu - beta * std::log(-std::log(0.95))};
}

/// Where each neuron fires, by threshold: [rows, neurons] of 0 and 1.
TensorList firings(const Tensor& x) {
  TensorList all{x.gt(0).to(at::kFloat)};
  const auto descending = std::get<0>(x.sort(0, /*descending=*/true));
  for (const double share : kShares) {
    const auto place = static_cast<std::int64_t>(share * static_cast<double>(x.size(0)));
    all.push_back(x.gt(descending.select(0, place)).to(at::kFloat));  // ties with the threshold do not fire
  }
  return all;
}

}  // namespace

std::vector<std::int64_t> permuted_rows(std::span<const Positions::Row> rows, std::int64_t games, std::uint64_t seed,
                                        std::uint64_t number) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(games));
  std::iota(order.begin(), order.end(), 0);
  Stream(seed).child("detectors").shuffle(number, std::span(order));
  std::vector<std::int64_t> next(order.size());  // one cycle through all games: none keeps its own labels
  for (std::size_t i = 0; i < order.size(); ++i)
    next[static_cast<std::size_t>(order[i])] = order[(i + 1) % order.size()];
  std::int32_t plies = 0;
  for (const auto& row : rows) plies = std::max(plies, row.ply);
  std::vector<std::int64_t> row_of(order.size() * static_cast<std::size_t>(plies), -1);
  const auto cell = [&](std::int64_t game, std::int32_t ply) {
    return static_cast<std::size_t>(game * plies + ply - 1);
  };
  for (std::size_t i = 0; i < rows.size(); ++i) row_of[cell(rows[i].game, rows[i].ply)] = static_cast<std::int64_t>(i);
  std::vector<std::int64_t> from;
  for (const auto& row : rows) {
    auto game = next[static_cast<std::size_t>(row.game)];
    while (row_of[cell(game, row.ply)] < 0) game = next[static_cast<std::size_t>(game)];
    from.push_back(row_of[cell(game, row.ply)]);
  }
  return from;
}

double Detectors::above_null() const {
  double above = 0;
  for (std::size_t i = 0; i < best.size(); ++i) above += best[i] > null_q95[i] ? 1 : 0;
  return above / static_cast<double>(best.size());
}

Json Detectors::to_json() const {
  auto chance = by_chance;
  std::sort(chance.begin(), chance.end());
  const auto at = [&](double q) {
    return chance[static_cast<std::size_t>(std::lround(q * static_cast<double>(chance.size() - 1)))];
  };
  return {{"neurons", neurons},
          {"positions", positions},
          {"games", games},
          {"permutations", permutations},
          {"pairs", best.size()},
          {"best_f1_mean", mean_of(best)},
          {"null_mean", mean_of(null_mean)},
          {"null_q95", mean_of(null_q95)},
          {"above_null", above_null()},
          {"above_null_by_chance", othello::to_json(Estimate{mean_of(chance), at(0.025), at(0.975), permutations})}};
}

Detectors find_detectors(const Tensor& x, const Tensor& labels, std::span<const Positions::Row> rows,
                         std::int64_t games, int permutations, std::uint64_t seed, int workers) {
  if (permutations < 3) fail("a null of {} permutations has no spread; it needs 3", permutations);
  const at::NoGradGuard no_grad;
  const auto counts = labels.sum(0);
  const auto enough = at::nonzero(at::logical_and(counts.ge(kLeastPositions), counts.le(x.size(0) - kLeastPositions)));
  const auto chosen = labels.index_select(1, enough.flatten());  // [rows, pairs]
  const auto pairs = chosen.size(1);
  if (pairs == 0)
    fail("in {} positions no state of a square is there {} times and absent as often: too few to look for detectors",
         x.size(0), kLeastPositions);
  const auto positives = chosen.sum(0, true);  // [1, pairs]: permuted labels are as many but for few
  std::vector<Tensor> best(static_cast<std::size_t>(1 + permutations));  // [pairs] each, the data themselves first
  for (const auto& fired : firings(x)) {
    const auto count = fired.sum(0).unsqueeze(1);  // [neurons, 1]
    parallel_for(1 + permutations, workers, [&](int r, int) {
      const at::NoGradGuard no_grad_here;
      auto y = chosen;
      if (r > 0) {
        const auto from = permuted_rows(rows, games, seed, static_cast<std::uint64_t>(r));
        y = chosen.index_select(0, at::tensor(from, at::kLong));
      }
      const auto f1 = 2 * at::mm(fired.t(), y) / (count + positives);  // [neurons, pairs]
      auto& of = best[static_cast<std::size_t>(r)];
      const auto highest = f1.amax(0);
      of = of.defined() ? at::maximum(of, highest) : highest;
    });
  }
  Detectors found;
  found.neurons = x.size(1), found.positions = x.size(0), found.games = games, found.permutations = permutations;
  found.by_chance.assign(static_cast<std::size_t>(permutations), 0.0);
  const auto all = at::stack(best).to(at::kDouble).t().contiguous();  // [pairs, 1 + permutations]
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const double* of = all.data_ptr<double>() + pair * all.size(1);
    const std::vector<double> null(of + 1, of + all.size(1));
    const auto [mean, q95] = gumbel(null);
    found.best.push_back(of[0]);
    found.null_mean.push_back(mean);
    found.null_q95.push_back(q95);
    for (std::size_t r = 0; r < null.size(); ++r) {
      auto others = null;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(r));
      found.by_chance[r] += (null[r] > gumbel(others).second ? 1.0 : 0.0) / static_cast<double>(pairs);
    }
  }
  return found;
}

}  // namespace othello
