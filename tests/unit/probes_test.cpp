// If these fail, a probe's accuracy or one of its controls is not what it says.
#include <algorithm>
#include <array>

#include "probes/activation_stream.h"
#include "probes/logistic.h"
#include "probes/read_score.h"
#include "probes/sweep.h"
#include "tests/support/files.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

Positions some_positions(const BoardSize& board, std::uint64_t first, std::int64_t games) {
  return make_positions(Vocabulary(board), take_games(GameSource(board, 9, Purpose::probes), first, games));
}

/// Fits a move input on some games and scores it on others.
ReadScore fit_and_read(MoveInput::Kind kind, const BoardSize& board, bool occupancy_only) {
  const MoveInput input(kind, Vocabulary(board));
  const auto relabel = [&](Positions p) {  // every disc counts as mine: what is left to read is occupancy
    for (auto& state : p.states)
      if (occupancy_only && state == static_cast<std::uint8_t>(SquareState::yours))
        state = static_cast<std::uint8_t>(SquareState::mine);
    return p;
  };
  const auto fit = relabel(some_positions(board, 0, 300)), read = relabel(some_positions(board, 300, 60));
  std::vector<NormalEquations> sums;
  for (int parity = 0; parity < 2; ++parity)
    sums.emplace_back(input.width(), fit.squares * kStates, input.first_intercept());
  input.accumulate(fit, {}, sums.data());
  const Readout readout{{sums[0].solve({1e-4})[0], sums[1].solve({1e-4})[0]}, 1e-4};
  ReadScore score;
  score.add(read, input.predict(read, {}, readout));
  return score;
}

}  // namespace

TEST_CASE("ridge regression solves its normal equations, intercept unpenalised") {
  const auto x = at::cat({at::randn({200, 5}), at::ones({200, 1})}, 1), y = at::randn({200, 3}) + 2;
  NormalEquations sums(6, 3, 5);
  sums.add(x.narrow(0, 0, 120), y.narrow(0, 0, 120));
  sums.add(x.narrow(0, 120, 80), y.narrow(0, 120, 80));
  const double ridge = 0.1;
  const auto wide = x.to(at::kDouble);
  const auto gram = at::mm(wide.t(), wide);
  const double lambda = ridge * at::diag(gram).narrow(0, 0, 5).mean().item<double>();
  auto penalty = at::eye(6, at::kDouble) * lambda;
  penalty[5][5] = 0;
  const auto expected = at::mm(at::inverse(gram + penalty), at::mm(wide.t(), y.to(at::kDouble)));
  CHECK(at::allclose(sums.solve({ridge})[0].to(at::kDouble), expected, 1e-4, 1e-5));
}

TEST_CASE("indicator rows and dense rows give the same sums") {
  NormalEquations sparse(4, 2, 4), dense(4, 2, 4);
  sparse.add_indicators({0, 2}, {1});
  sparse.add_indicators({1, 2, 3}, {0});
  dense.add(at::tensor({1.0F, 0.0F, 1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 1.0F}).view({2, 4}),
            at::tensor({0.0F, 1.0F, 1.0F, 0.0F}).view({2, 2}));
  CHECK(at::allclose(sparse.solve({0.5})[0], dense.solve({0.5})[0]));
}

TEST_CASE("a bag of moves reads which squares are occupied without error") {
  CHECK(fit_and_read(MoveInput::Kind::bag_of_moves, kBoard6, true).accuracy() == 1.0);
  CHECK(fit_and_read(MoveInput::Kind::bag_of_moves, kBoard8, true).accuracy() == 1.0);
}

TEST_CASE("the majority control answers with the most frequent state per square and ply") {
  const auto fit = some_positions(kBoard6, 0, 300), read = some_positions(kBoard6, 300, 60);
  std::vector<std::array<int, 3>> counts(32 * 36);
  const auto cell = [](const Positions& p, std::size_t r, std::size_t s) {
    return static_cast<std::size_t>(p.rows[r].ply) * 36 + s;
  };
  for (std::size_t r = 0; r < fit.rows.size(); ++r)
    for (std::size_t s = 0; s < 36; ++s) ++counts[cell(fit, r, s)][fit.states[r * 36 + s]];
  double right = 0;
  for (std::size_t r = 0; r < read.rows.size(); ++r)
    for (std::size_t s = 0; s < 36; ++s) {
      const auto& c = counts[cell(read, r, s)];
      right += std::max_element(c.begin(), c.end()) - c.begin() == read.states[r * 36 + s] ? 1 : 0;
    }
  const double by_hand = right / static_cast<double>(read.states.size());
  CHECK(fit_and_read(MoveInput::Kind::majority, kBoard6, false).accuracy() == Approx(by_hand).margin(0.002));  // ties
}

TEST_CASE("one-hot inputs read more than a bag of moves, and that more than the majority") {
  const double majority = fit_and_read(MoveInput::Kind::majority, kBoard6, false).accuracy();
  const double bag = fit_and_read(MoveInput::Kind::bag_of_moves, kBoard6, false).accuracy();
  const double one_hot = fit_and_read(MoveInput::Kind::one_hot, kBoard6, false).accuracy();
  CHECK(majority < bag);
  CHECK(bag < one_hot);
}

TEST_CASE("the logistic probe reaches the minimum of its convex loss") {
  const auto x = at::cat({at::randn({400, 6}) * 3 + 1, at::ones({400, 1})}, 1);
  const auto states = at::randint(0, 3, {400, 2});
  const double l2 = 0.01;
  const auto fit = fit_logistic(x, states, at::zeros({7, 6}), l2, 500);
  CHECK(fit.gradient_norm < 1e-4);
  // The optimality condition, written out: zᵀ(softmax − indicator)/(rows·squares) + l2·W = 0 in standardised columns.
  const auto mean = x.mean(0, true), deviation = x.std(0, false, true).clamp_min(1e-6);
  auto z = (x - mean) / deviation;
  z.select(1, 6).fill_(1);
  auto w = fit.weights * deviation.t();
  w[6] = fit.weights[6] + at::mv(fit.weights.narrow(0, 0, 6).t(), mean[0].narrow(0, 0, 6));
  const auto p = at::softmax(at::mm(z, w).view({400, 2, 3}), -1) - at::one_hot(states, 3);
  auto gradient = at::mm(z.t(), p.view({400, 6})) / 800;
  gradient.narrow(0, 0, 6).add_(w.narrow(0, 0, 6), l2);
  CHECK(gradient.abs().max().item<double>() < 1e-4);
}

TEST_CASE("a sweep does not depend on workers, never mixes its games, and its probes survive the disk") {
  const Transformer model(ModelConfig{.board = 6, .layers = 2, .d_model = 16, .heads = 2}, 1);
  const TrainingFacts facts{.step = 0, .games = 0, .seed = 1, .targets = "none"};
  const LoadedModel loaded{model, facts, "model.safetensors", "checksum"};
  const auto sweep = [&](int workers) {
    return probe_sweep(loaded, {.games = 120, .seed = 2, .workers = workers, .logistic = false},
                       [](double, const std::string&) {});
  };
  const auto one = sweep(1), two = sweep(2);
  CHECK(one.document == two.document);
  CHECK(one.document["probes"].size() == 3);
  CHECK(one.document["controls"].size() == 6);
  for (const auto& row : one.document["probes"]) CHECK(row["accuracy"]["n"] == 20);
  // The model is untrained, so it is its own control, to the last digit.
  CHECK(one.document["best"]["differences"]["untrained"]["mean"] == 0.0);

  const TemporaryFolder folder;
  write_probes(folder / "probes.safetensors", one.probes, loaded);
  const auto back = read_probes(folder / "probes.safetensors", loaded);
  for (std::size_t site = 0; site < 3; ++site)
    for (const int parity : {0, 1})
      CHECK(at::equal(back.readouts[site].weights[parity], one.probes.readouts[site].weights[parity]));
  const auto directions = back.mine_minus_yours(1, 0, model.config());
  CHECK(directions[27].norm().item<double>() == Approx(1));
  CHECK(directions[0].norm().item<double>() == 0);  // a1 is not on the 6×6 board
  LoadedModel other = loaded;
  other.sha256 = "another";
  CHECK(contains(error_of([&] { read_probes(folder / "probes.safetensors", other); }), "another model"));
  CHECK(contains(error_of([&] { probe_sweep(loaded, {.games = 10}, [](double, const std::string&) {}); }), "too few"));
}

TEST_CASE("a board that lies in the activations, rotated, is read without error") {
  const auto fit = some_positions(kBoard6, 0, 80), read = some_positions(kBoard6, 80, 20);
  const auto rotation = std::get<0>(at::linalg_svd(at::randn({108, 108}), true));
  const auto plant = [&](const Positions& p) {
    auto board = torch::zeros({p.batch.games * p.batch.context, 108}, at::kFloat);
    for (const int parity : {0, 1}) board.index_copy_(0, at::tensor(p.cells[parity], at::kLong), p.indicators(parity));
    return Activations{at::mm(board, rotation)};
  };
  const ActivationInput input("planted", 0, 108);
  std::vector<NormalEquations> sums;
  for (int parity = 0; parity < 2; ++parity) sums.emplace_back(input.width(), 108, input.first_intercept());
  input.accumulate(fit, plant(fit), sums.data());
  ReadScore score;
  score.add(read, input.predict(read, plant(read), {{sums[0].solve({1e-6})[0], sums[1].solve({1e-6})[0]}, 1e-6}));
  CHECK(score.accuracy() == 1.0);
}

}  // namespace othello::test
