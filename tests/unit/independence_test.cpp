// If these fail, neurons are called independent that share a cause, or detectors what chance makes of many neurons.
#include "theory/independence.h"

#include <algorithm>

#include "data/games.h"
#include "model/runtime.h"
#include "probes/inputs.h"
#include "tests/support/torch_test.h"
#include "theory/detectors.h"

namespace othello::test {
namespace {

constexpr std::int64_t kGames = 60, kPlies = 30;

/// Rows of whole games.
std::vector<Positions::Row> whole_games() {
  std::vector<Positions::Row> rows;
  for (std::int32_t game = 0; game < kGames; ++game)
    for (std::int32_t ply = 1; ply <= kPlies; ++ply) rows.push_back({game, ply});
  return rows;
}

Tensor uniform(std::int64_t neurons, std::int64_t seed) {
  return at::rand({kGames * kPlies, neurons}, at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed)),
                  at::kFloat);
}

NeuronStatistics statistics_of(const Tensor& x) {
  NeuronStatistics statistics(x.size(1), kPlies, kGames);
  statistics.add(x, whole_games(), 0);
  return statistics;
}

TEST_CASE("at most two of independent neurons: the Poisson-binomial by enumeration") {
  const std::vector<double> p{0.1, 0.4, 0.25, 0.7, 0.05};
  double expected = 0;
  for (unsigned set = 0; set < 32; ++set) {
    if (__builtin_popcount(set) > 2) continue;
    double product = 1;
    for (unsigned i = 0; i < 5; ++i) product *= (set >> i & 1U) != 0 ? p[i] : 1 - p[i];
    expected += product;
  }
  CHECK(at_most_two(p) == Approx(expected));
}

TEST_CASE("independent neurons have a variance ratio of 1, and as few active ones as independence says") {
  const auto p = at::linspace(0.01, 0.2, 40, at::kFloat);
  const auto statistics = statistics_of(uniform(40, 1).lt(p).to(at::kFloat) - 0.5);
  const auto ratio = statistics.variance_ratio(false);
  CHECK(ratio.low < 1);
  CHECK(ratio.high > 1);
  CHECK(ratio.high - ratio.low < 0.4);
  CHECK(ratio.n == kGames);
  CHECK(statistics.variance_ratio(true).mean == Approx(1).margin(0.1));
  const auto few = statistics.observed_at_most_two();
  CHECK(few.low <= statistics.independent_at_most_two(false));
  CHECK(few.high >= statistics.independent_at_most_two(false));
}

TEST_CASE("a cause that neurons share shows, and one that is the ply alone is told apart") {
  const auto noise = uniform(40, 2);
  const auto shared = uniform(1, 3).lt(0.5).to(at::kFloat);  // [rows, 1]
  const auto by_cause = statistics_of(noise.lt(0.05 + 0.1 * shared).to(at::kFloat));
  CHECK(by_cause.variance_ratio(false).low > 1.2);
  CHECK(by_cause.variance_ratio(true).low > 1.2);
  auto ply = at::empty({kGames * kPlies, 1}, at::kFloat);
  for (std::size_t i = 0; const auto& row : whole_games()) ply[static_cast<std::int64_t>(i++)] = row.ply > 15 ? 1 : 0;
  const auto by_ply = statistics_of(noise.lt(0.05 + 0.1 * ply).to(at::kFloat));
  CHECK(by_ply.variance_ratio(false).low > 1.2);
  CHECK(by_ply.variance_ratio(true).high < 1.1);
}

TEST_CASE("moments are those of the formulas") {
  const auto x = uniform(3, 4).square();
  const auto json = statistics_of(x).to_json();
  const auto d = x.to(at::kDouble), off = d - d.mean(0), variance = off.square().mean(0);
  CHECK(json["moments"]["mean"] == Approx(d.mean().item<double>()));
  CHECK(json["moments"]["variance"] == Approx(variance.mean().item<double>()));
  CHECK(json["moments"]["skewness"] == Approx((off.pow(3).mean(0) / variance.pow(1.5)).mean().item<double>()));
  CHECK(json["moments"]["kurtosis"] == Approx((off.pow(4).mean(0) / variance.square()).mean().item<double>()));
  CHECK(statistics_of(at::zeros({kGames * kPlies, 2}, at::kFloat)).to_json()["variance_ratio"].is_null());
}

TEST_CASE("neurons of fresh initialisations are independent draws") {
  ModelConfig config{.board = 6, .layers = 2, .d_model = 16, .heads = 2};
  config.resolve();
  const auto games = take_games(GameSource(kBoard6, 3, Purpose::probes), 0, 4);
  for (const auto& ratio : neuron_symmetry(config, games, 12, 1, 2)) {
    CHECK(ratio.low < 1);
    CHECK(ratio.high > 1);
    CHECK(ratio.mean < 3);  // 64 if the neurons of a layer were one
  }
}

/// Labels of 12 pairs that come in runs along a game, as the discs of a board do: [rows, 12].
Tensor slow_labels(std::int64_t seed) {
  const auto starts = uniform(12, seed), lengths = uniform(12, seed + 1);
  auto labels = at::zeros_like(starts);
  auto from = starts.accessor<float, 2>(), length = lengths.accessor<float, 2>();
  auto to = labels.accessor<float, 2>();
  for (std::int64_t game = 0; game < kGames; ++game)
    for (std::int64_t pair = 0; pair < 12; ++pair) {
      const auto row = game * kPlies;
      for (std::int64_t ply = 0; ply < kPlies; ++ply)
        to[row + ply][pair] = ply >= from[row][pair] * kPlies && ply < (from[row][pair] + length[row][pair]) * kPlies;
    }
  return labels;
}

TEST_CASE("of neurons that know nothing few are called detectors, though they are as slow as the board") {
  prepare_runtime();
  double above = 0;
  for (const int seed : {10, 20, 30}) {
    const auto x = at::cat({slow_labels(seed), slow_labels(seed + 2)}, 1) + 0.1 * uniform(24, seed + 4);
    const auto found = find_detectors(x, slow_labels(seed + 6), whole_games(), kGames, 30, 1, 2);
    CHECK(found.to_json()["above_null_by_chance"]["mean"].get<double>() < 0.12);
    above += found.above_null() / 3;
  }
  CHECK(above <= 0.17);  // 36 pairs at 5 %: 1.8 ± 1.3
}

TEST_CASE("a planted detector is found at once") {
  prepare_runtime();
  const auto labels = slow_labels(40);
  auto x = uniform(50, 44);
  x.select(1, 17).add_(labels.select(1, 3), 2);
  const auto found = find_detectors(x, labels, whole_games(), kGames, 30, 1, 2);
  REQUIRE(found.best.size() == 12);
  CHECK(found.best[3] > 0.5);
  CHECK(found.best[3] > found.null_q95[3] + 0.1);
  CHECK(found.above_null() <= 3 / 12.0);
  CHECK(find_detectors(x, labels, whole_games(), kGames, 30, 1, 1).to_json() == found.to_json());
}

TEST_CASE("permuted labels come from other games at the same ply, each once") {
  auto rows = whole_games();
  std::erase_if(rows, [](const auto& row) { return row.game % 7 == 0 && row.ply > 20; });  // games that end early
  const auto from = permuted_rows(rows, kGames, 1, 1);
  REQUIRE(from.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[static_cast<std::size_t>(from[i])].ply == rows[i].ply);
    CHECK(rows[static_cast<std::size_t>(from[i])].game != rows[i].game);
  }
  auto sorted = from;
  std::sort(sorted.begin(), sorted.end());
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
}

TEST_CASE("too few positions to look for detectors are refused in a sentence") {
  const auto x = at::ones({3, 2}, at::kFloat);
  const std::vector<Positions::Row> rows{{0, 1}, {1, 1}, {2, 1}};
  CHECK(contains(error_of([&] { find_detectors(x, at::ones({3, 1}, at::kFloat), rows, 3, 5, 1, 1); }), "too few"));
}

TEST_CASE("sorted activations have no names: a permutation of the neurons changes nothing") {
  const auto games = take_games(GameSource(kBoard6, 3, Purpose::probes), 0, 4);
  ProbeBatch batch{Positions(Vocabulary(kBoard6), games), 0, {}, {}};
  const auto rows = static_cast<std::int64_t>(batch.positions.rows.size());
  batch.activations = {at::rand({rows, 9}, at::kFloat)};
  batch.activations.push_back(batch.activations[0].index_select(1, at::tensor({4, 2, 8, 0, 1, 3, 7, 6, 5}, at::kLong)));
  for (const int parity : {0, 1}) {
    const auto of = [&](std::size_t source) {
      return ActivationInput("x", source, 9, true, ActivationInput::Change::sorted).rows(batch, parity);
    };
    CHECK(at::equal(of(0), of(1)));
  }
}

}  // namespace
}  // namespace othello::test
