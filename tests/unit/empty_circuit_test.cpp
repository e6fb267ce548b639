// If these fail, attention is said to write that squares are taken where it writes something else.
#include "probes/empty_circuit.h"

#include <cmath>

#include "data/batch.h"
#include "engine/notation.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr std::int64_t kWidth = 64, kMoves = 32, kHeads = 4, kHeadWidth = kWidth / kHeads;

/// A probe of resid_mid whose "empty" against the mean of the others is, over even and odd plies, `rows` [moves,
/// width].
FittedProbe probe_with(const Tensor& rows) {
  const Vocabulary vocabulary(kBoard6);
  const auto squares = board_squares(kBoard6);
  Tensor weights[2];
  const auto other = at::randn({kMoves, kWidth}), colour = 3 * at::randn({kMoves, kWidth});
  for (const int parity : {0, 1}) {
    weights[parity] = torch::zeros({kWidth + 1, 36, 3});
    for (std::size_t s = 0; s < squares.size(); ++s) {
      const auto token = vocabulary.token(squares[s]);
      if (token == kPadding) continue;
      const auto unit = static_cast<std::int64_t>(s), i = static_cast<std::int64_t>(token) - 1;
      const auto put = [&](std::int64_t what, const Tensor& row) {
        weights[parity].narrow(0, 0, kWidth).select(1, unit).select(1, what).copy_(row);
      };
      put(0, colour[i]);
      put(1, -colour[i]);
      put(2, rows[i] + (parity == 0 ? 1 : -1) * other[i]);
    }
  }
  return made_up({kEmptyCircuitSite}, "mine-yours-empty", "by-parity", "ridge", kBoardClasses, weights[0], weights[1]);
}

double cosine(const Tensor& a, const Tensor& b) { return (a.dot(b) / (a.norm() * b.norm())).item<double>(); }

double mean_of(const Json& estimate) { return estimate["mean"].get<double>(); }

}  // namespace

TEST_CASE("a circuit that writes exactly minus 'empty' has the cosine -1 on every square, head by head what it is") {
  const auto loaded = small_model(6, kWidth, 1, 2, kHeads);
  const auto& p = loaded.model.parameters();
  const auto& b = p.blocks[0];
  at::manual_seed(3);
  b.ln1_w.detach().copy_(at::rand({kWidth}) + 0.5);
  b.ln1_b.detach().copy_(at::randn({kWidth}));
  p.W_E.detach().copy_(at::randn(p.W_E.sizes()) + 1);
  b.W_QKV.detach().copy_(at::randn(b.W_QKV.sizes()));
  const auto directions = at::randn({kMoves, kWidth});
  // The norm by hand, then W_O is chosen so that all heads together write −directions.
  auto e = torch::empty({kMoves, kWidth});
  for (std::int64_t i = 0; i < kMoves; ++i) {
    const auto row = p.W_E.detach()[i + 1];
    const auto centred = row - row.mean();
    e[i].copy_(centred / centred.square().mean().sqrt() * b.ln1_w.detach());
  }
  const auto values = at::mm(e, b.W_QKV.detach().slice(1, 2 * kWidth, 3 * kWidth)).to(at::kDouble);
  b.W_O.detach().copy_(at::mm(at::linalg_pinv(values), -directions.to(at::kDouble)));

  const auto found = circuit_cosines(loaded.model, small_model(6, kWidth, 9, 2, kHeads).model, probe_with(directions));
  CHECK(found["site"] == "blocks.0.hook_resid_mid");
  CHECK(found["cosine"]["n"] == kMoves);
  CHECK(mean_of(found["cosine"]) == Approx(-1).epsilon(1e-4));
  REQUIRE(found["squares"].size() == static_cast<std::size_t>(kMoves));
  CHECK(found["squares"][0]["square"] == "b2");
  for (const auto& row : found["squares"]) CHECK(row["cosine"].get<double>() == Approx(-1).epsilon(1e-3));

  REQUIRE(found["heads"].size() == static_cast<std::size_t>(kHeads));
  for (std::int64_t head = 0; head < kHeads; ++head) {
    double expected = 0;
    for (std::int64_t i = 0; i < kMoves; ++i) {
      auto written = torch::zeros({kWidth});
      for (std::int64_t k = head * kHeadWidth; k < (head + 1) * kHeadWidth; ++k)
        written += values[i][k].item<double>() * b.W_O.detach()[k];
      expected += cosine(written, directions[i]) / kMoves;
    }
    CHECK(mean_of(found["heads"][static_cast<std::size_t>(head)]["cosine"]) == Approx(expected).margin(1e-4));
  }

  double others = 0;
  for (std::int64_t i = 0; i < kMoves; ++i)
    for (std::int64_t j = 0; j < kMoves; ++j)
      if (i != j) others += cosine(-directions[i], directions[j]) / (kMoves * (kMoves - 1));
  const auto& controls = found["controls"];
  CHECK(controls[0]["name"] == "other-squares");
  CHECK(mean_of(controls[0]["cosine"]) == Approx(others).margin(1e-4));
  // A mean over 32 squares of cosines in 64 dimensions has the deviation 1/√(32·64).
  const double deviation = 1 / std::sqrt(static_cast<double>(kMoves * kWidth));
  CHECK(controls[1]["name"] == "random-direction");
  CHECK(std::abs(mean_of(controls[1]["cosine"])) < 0.2 * deviation);
  CHECK(controls[1]["cosine"]["high"].get<double>() == Approx(1.96 * deviation).epsilon(0.2));
  CHECK(controls[1]["cosine"]["low"].get<double>() == Approx(-1.96 * deviation).epsilon(0.2));
  CHECK(controls[2]["name"] == "untrained");
  CHECK(std::abs(mean_of(controls[2]["cosine"])) < 4 * deviation);
}

TEST_CASE("a square whose emptiness never varies has no cosine and is left out of the mean") {
  const auto loaded = small_model(6, kWidth, 1, 2, kHeads);
  at::manual_seed(4);
  auto probe = probe_with(at::randn({kMoves, kWidth}));
  const auto b2 = std::int64_t{0};
  for (auto& w : probe.readout.weights) w.view({kWidth + 1, 36, 3}).select(1, b2).zero_();
  const auto found = circuit_cosines(loaded.model, loaded.model, probe);
  CHECK(found["squares"][0]["cosine"].is_null());
  CHECK(found["cosine"]["n"] == kMoves - 1);
  CHECK_FALSE(contains(found.dump(), "nan"));
  for (const auto& control : found["controls"]) CHECK(control["cosine"].is_object());
}

TEST_CASE("empty or not is what the probe says of every square, beside the majority of other games") {
  const auto loaded = small_model(6, kWidth, 1, 2, kHeads);
  at::manual_seed(5);
  ProbeSet set;
  set.probes = {probe_with(at::randn({kMoves, kWidth}))};
  const LensGames games{GameSource(kBoard6, 5, Purpose::evaluation), 3, 2};
  const auto rows = empty_circuit(loaded.model, loaded.model, set, games)["empty_accuracy"];
  REQUIRE(rows.size() == 1);  // there is no probe of resid_pre
  CHECK(rows[0]["site"] == "blocks.0.hook_resid_mid");

  const Vocabulary vocabulary(kBoard6);
  const auto all = take_games(games.source, 0, 6);
  double n = 0, right = 0, majority_right = 0;
  for (std::size_t g = 0; g < 3; ++g) {
    const auto facts = replay(kBoard6, all[g].moves());
    std::vector<std::int64_t> tokens(31, 0);
    for (std::size_t t = 0; t < std::min<std::size_t>(all[g].length, 31); ++t)
      tokens[t] = vocabulary.token(all[g].squares[t]);
    Trace trace;
    trace.record(kEmptyCircuitSite);
    loaded.model.forward(at::tensor(tokens).view({1, 31}), &trace);
    for (std::size_t t = 0; t + 1 < all[g].length; ++t) {
      const auto x = at::cat({trace.value(kEmptyCircuitSite)[0][static_cast<std::int64_t>(t)], torch::ones({1})});
      const auto scores = at::matmul(x, set.probes[0].readout.weights[(t + 1) % 2]).view({36, 3});
      for (std::size_t s = 0; s < 36; ++s, ++n) {
        const Square square = board_squares(kBoard6)[s];
        const bool empty = state(facts[t].after, square) == SquareState::empty;
        right += (scores[static_cast<std::int64_t>(s)].argmax().item<std::int64_t>() == 2) == empty;
        int often = 0, seen = 0;
        for (std::size_t other = 3; other < 6; ++other) {
          if (t + 1 >= all[other].length) continue;
          const auto there = replay(kBoard6, all[other].moves())[t].after;
          ++seen, often += state(there, square) == SquareState::empty;
        }
        majority_right += (2 * often > seen) == empty;
      }
    }
  }
  CHECK(mean_of(rows[0]["accuracy"]) == Approx(right / n));
  CHECK(mean_of(rows[0]["majority"]) == Approx(majority_right / n));
  CHECK(rows[0]["accuracy"]["n"] == 3);
}

TEST_CASE("mean differences are those of positions of the same ply where a square is empty and where it is not") {
  const auto loaded = small_model(6, kWidth, 1, 2, kHeads);
  constexpr std::int64_t kGames = 70;  // more than one batch
  const LensGames games{GameSource(kBoard6, 5, Purpose::evaluation), kGames, 2};
  const auto found = empty_mean_differences(loaded.model, games);
  REQUIRE(found.sizes() == at::IntArrayRef({kMoves, kWidth}));

  const Vocabulary vocabulary(kBoard6);
  const auto all = take_games(games.source, 0, kGames);
  // [kind, ply, move] of sums of activations and of numbers; kind 0 is taken, 1 is empty.
  auto sums = torch::zeros({2, 31, kMoves, kWidth}, at::kDouble), counts = torch::zeros({2, 31, kMoves}, at::kDouble);
  for (const auto& game : all) {
    const auto facts = replay(kBoard6, game.moves());
    std::vector<std::int64_t> tokens(31, 0);
    for (std::size_t t = 0; t < std::min<std::size_t>(game.length, 31); ++t)
      tokens[t] = vocabulary.token(game.squares[t]);
    Trace trace;
    trace.record(kEmptyCircuitSite);
    loaded.model.forward(at::tensor(tokens).view({1, 31}), &trace);
    for (std::int64_t t = 0; t + 1 < static_cast<std::int64_t>(game.length); ++t)
      for (std::int64_t i = 0; i < kMoves; ++i) {
        const auto square = vocabulary.square(static_cast<Token>(i + 1));
        const std::int64_t kind = state(facts[static_cast<std::size_t>(t)].after, square) == SquareState::empty;
        sums[kind][t][i] += trace.value(kEmptyCircuitSite)[0][t].to(at::kDouble);
        counts[kind][t][i] += 1;
      }
  }
  for (std::int64_t i = 0; i < kMoves; ++i) {
    auto mean = torch::zeros({kWidth}, at::kDouble);
    double weights = 0;
    for (std::int64_t t = 0; t < 31; ++t) {
      const double taken = counts[0][t][i].item<double>(), empty = counts[1][t][i].item<double>();
      if (taken == 0 || empty == 0) continue;
      const double weight = taken * empty / (taken + empty);
      mean += weight * (sums[1][t][i] / empty - sums[0][t][i] / taken), weights += weight;
    }
    CHECK((found[i] - mean / weights).abs().max().item<double>() < 1e-6);
  }
}

TEST_CASE("without a probe in the middle of block 0 there is no circuit") {
  const auto loaded = small_model(6, kWidth, 1, 2, kHeads);
  CHECK(empty_circuit(loaded.model, loaded.model, {}, {GameSource(kBoard6, 5, Purpose::evaluation), 3}).is_null());
}

}  // namespace othello::test
