// If these fail, a ridge probe does not find what is there, or finds what is not there.
#include "probes/ridge_sweep.h"

#include "tests/support/made_input.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const Vocabulary kSmall(kBoard6);

/// A sweep over games of 6×6 and what came out.
struct Trial {
  explicit Trial(std::int64_t count, PlyWindow window = {}, int workers = 2)
      : games(GameSource(kBoard6, 3, Purpose::probes), count), stream(games, kSmall, window, workers) {
    const auto part = count / 6;
    split = {{0, count - 2 * part}, {count - 2 * part, part}, {count - part, part}};
  }
  void add(std::unique_ptr<ProbeInput> input, std::vector<std::size_t> targets) {
    inputs.push_back({std::move(input), std::move(targets), false});
  }
  void add(MoveInput::Kind kind, std::vector<std::size_t> targets) {
    add(std::make_unique<MoveInput>(kind, kSmall), std::move(targets));
  }
  RidgeSweep& run(std::vector<Mode> modes = {Mode::by_parity}) {
    sweep = std::make_unique<RidgeSweep>(stream, std::move(inputs), std::move(modes));
    Unfinished nothing;
    sweep->fit(split, nothing, [](double, const std::string&) {});
    sweep->report(stream, split.report, [](double, const std::string&) {});
    return *sweep;
  }
  const SweepProbe& probe(std::size_t input, std::size_t target = 0, Mode mode = Mode::by_parity) const {
    for (const auto& probe : sweep->probes())
      if (probe.input == input && probe.target == target && probe.mode == mode && probe.rank == 0) return probe;
    fail("no such probe");
  }
  double accuracy(std::size_t input, std::size_t target = 0, Mode mode = Mode::by_parity) const {
    return probe(input, target, mode).score->accuracy();
  }

  ProbeGames games;
  ActivationStream stream;
  GameSplit split;
  std::vector<SweepInput> inputs;
  std::unique_ptr<RidgeSweep> sweep;
};

Target taken() {
  return {"taken", "", {"no", "yes"}, 36, [](const Positions& p, std::span<std::uint8_t> labels) {
            auto label = labels.begin();
            for (const auto& row : p.rows) {
              const Bits discs = p.facts.at(static_cast<std::size_t>(row.game), row.ply).after.occupied();
              for (const Square square : p.squares) *label++ = (discs & bit(square)) != 0;
            }
          }};
}

/// The last move of each row, by (ply, move): [rows, context·tokens].
Tensor last_moves(const ProbeBatch& batch) {
  const auto& p = batch.positions;
  const auto tokens = kSmall.size() - 1;
  auto x = torch::zeros({static_cast<std::int64_t>(p.rows.size()), kSmall.context() * tokens}, at::kFloat);
  float* out = x.data_ptr<float>();
  for (const std::int64_t cell : p.cells) {
    const auto token = p.batch.tokens[static_cast<std::size_t>(cell)];
    out[cell % p.batch.context * tokens + token - 1] = 1;
    out += x.size(1);
  }
  return x;
}

/// Neurons that know nothing of the game: each its own draw from one distribution, [rows, 12].
Tensor noise(const ProbeBatch& batch) {
  TensorList rows;
  for (std::size_t row = 0; row < batch.positions.rows.size(); ++row)
    rows.push_back(normal(1, 12, hash_of_moves(batch.positions, row)).exp());
  return at::cat(rows);
}

/// Twelve coins per row as ±1, rotated.
Tensor coins(const ProbeBatch& batch) {
  const auto rows = static_cast<std::int64_t>(batch.positions.rows.size());
  auto x = torch::empty({rows, 12}, at::kFloat);
  float* out = x.data_ptr<float>();
  for (std::size_t row = 0; row < batch.positions.rows.size(); ++row)
    for (std::uint32_t k = 0; k < 12; ++k) *out++ = coin(batch.positions, row, k) != 0 ? 1.0F : -1.0F;
  return at::mm(x, rotation(12));
}

}  // namespace

TEST_CASE("the moves played tell without error which squares are taken, and not whose discs are there") {
  Trial trial(300);
  trial.stream.add(taken());
  trial.stream.add(make_target("mine-yours-empty", kSmall));
  trial.stream.add(make_target("placed", kSmall));
  trial.add(MoveInput::Kind::bag_of_moves, {0, 1, 2});
  trial.add(MoveInput::Kind::majority, {0, 1, 2});
  trial.add(MoveInput::Kind::one_hot, {0, 1, 2});
  trial.run();
  CHECK(trial.accuracy(0, 0) == 1.0);  // theory: the number of discs on a square is linear in the bag of moves
  CHECK(trial.accuracy(1, 0) < 0.9);
  CHECK(trial.accuracy(2, 0) > 0.98);  // exactly linear as well, but in a thousand features
  CHECK(trial.accuracy(0, 1) > trial.accuracy(1, 1));
  CHECK(trial.accuracy(0, 1) < 0.9);
  // Who placed a disc is told by the ply of its move but for passes, of which the bag knows nothing.
  CHECK(trial.accuracy(2, 2) > 0.95);
  CHECK(trial.accuracy(2, 2) > trial.accuracy(0, 2) + 0.05);
}

TEST_CASE("neurons that are independent of the board read no more than the majority, sorted or not") {
  Trial trial(1800, {12, 13});  // one ply of each parity, so that an intercept is the majority per (square, ply)
  trial.stream.add(make_target("mine-yours-empty", kSmall));
  trial.add(MoveInput::Kind::majority, {0});
  using Change = MadeInput::Change;
  for (const auto change : {Change::none, Change::sorted, Change::power_means})
    trial.add(std::make_unique<MadeInput>("noise", 12, noise, change), {0});
  trial.run();
  for (const std::size_t input : {1, 2, 3}) {
    CAPTURE(input);
    CHECK(std::abs(trial.accuracy(input) - trial.accuracy(0)) < 0.01);
  }
}

TEST_CASE("a board that is written into neurons in any basis is read without error, and not once they are sorted") {
  Trial trial(240);
  trial.stream.add(make_target("mine-yours-empty", kSmall));
  using Change = MadeInput::Change;
  for (const auto change : {Change::none, Change::permuted, Change::sorted})
    trial.add(std::make_unique<MadeInput>("board", 72, rotated_board, change), {0});
  auto& sweep = trial.run({Mode::by_parity, Mode::all, Mode::even, Mode::odd});
  for (const auto mode : {Mode::by_parity, Mode::all, Mode::even, Mode::odd}) {
    CHECK(trial.accuracy(0, 0, mode) == 1.0);
    CHECK(trial.accuracy(1, 0, mode) == 1.0);
  }
  CHECK(trial.accuracy(2) < 0.9);

  SECTION("the modes are the rows that they say") {
    const auto& all = trial.probe(0, 0, Mode::all);
    CHECK(at::equal(all.readout.weights[0], all.readout.weights[1]));
    const auto& parity = trial.probe(0);
    CHECK_FALSE(at::equal(parity.readout.weights[0], parity.readout.weights[1]));
    const auto &even = trial.probe(0, 0, Mode::even), &odd = trial.probe(0, 0, Mode::odd);
    CHECK_FALSE(even.readout.weights[1].defined());
    CHECK_FALSE(odd.readout.weights[0].defined());
    for (const auto& point : even.score->to_json()["by_ply"]) CHECK(point["ply"].get<int>() % 2 == 0);
    for (const auto& point : odd.score->to_json()["by_ply"]) CHECK(point["ply"].get<int>() % 2 == 1);
  }
  SECTION("a low-rank probe of full rank is the probe") {
    std::size_t index = 0;
    while (&sweep.probes()[index] != &trial.probe(2)) ++index;
    sweep.add_low_rank(index, {1, 108});
    const auto& full = sweep.probes().back();
    CHECK(full.rank == 108);
    for (const int parity : {0, 1})
      CHECK(at::allclose(full.readout.weights[parity], trial.probe(2).readout.weights[parity], 1e-3, 1e-5));
    sweep.report(trial.stream, trial.split.report, [](double, const std::string&) {});
    CHECK(full.score->accuracy() == Approx(trial.accuracy(2)).margin(1e-4));
    CHECK(sweep.probes()[sweep.probes().size() - 2].score->accuracy() <= full.score->accuracy());
  }
}

TEST_CASE("a linear concept is found and an exclusive or is not") {
  Trial trial(600);
  trial.stream.add(position_target("one", [](const Positions& p, std::size_t row) { return coin(p, row, 4); }));
  trial.stream.add(position_target("most of three", [](const Positions& p, std::size_t row) {
    return static_cast<std::uint8_t>(coin(p, row, 1) + coin(p, row, 2) + coin(p, row, 3) > 1);
  }));
  trial.stream.add(position_target("either", [](const Positions& p, std::size_t row) {
    return static_cast<std::uint8_t>(coin(p, row, 4) ^ coin(p, row, 7));
  }));
  trial.add(std::make_unique<MadeInput>("coins", 12, coins), {0, 1, 2});
  trial.run();
  CHECK(trial.accuracy(0, 0) == 1.0);
  CHECK(trial.accuracy(0, 1) == 1.0);
  CHECK(trial.accuracy(0, 2) == Approx(0.5).margin(0.035));
}

TEST_CASE("labels of other games are read no better than the majority reads them") {
  Trial trial(4800, {14, 15});
  trial.stream.add(shuffled(make_target("mine-yours-empty", kSmall)));
  trial.add(std::make_unique<MadeInput>("board", 72, rotated_board), {0});
  trial.add(MoveInput::Kind::majority, {0});
  trial.run();
  CHECK(trial.accuracy(0) == Approx(trial.accuracy(1)).margin(0.02));
}

TEST_CASE("a control task is read by what knows the last move by heart, and not by a probe of the board") {
  Trial trial(1200, {3, 4});  // few moves are possible, so that all are seen in the games that fit
  const auto task = make_target("mine-yours-empty", kSmall);
  trial.stream.add(control_task(task, Positions(kSmall, trial.games.take(0, 800), {3, 4}), 1));
  trial.add(std::make_unique<MadeInput>("last move", kSmall.context() * (kSmall.size() - 1), last_moves), {0});
  trial.add(MoveInput::Kind::bag_of_moves, {0});
  trial.add(MoveInput::Kind::majority, {0});
  trial.run();
  CHECK(trial.accuracy(0) == 1.0);
  CHECK(trial.accuracy(1) < 0.98);
  CHECK(trial.accuracy(2) < trial.accuracy(1));
}

TEST_CASE("probes of the moves have weights by parity also where those of activations have one set") {
  Trial trial(240);
  const auto board = trial.stream.add(make_target("mine-yours-empty", kSmall));
  for (const auto kind : {MoveInput::Kind::one_hot, MoveInput::Kind::bag_of_moves, MoveInput::Kind::majority})
    trial.add(kind, {board});
  trial.add(std::make_unique<MadeInput>("noise", 12, noise), {board});
  trial.run({Mode::all, Mode::by_parity});
  for (const std::size_t input : {0, 1, 2})
    CHECK(trial.accuracy(input, board, Mode::all) == trial.accuracy(input, board, Mode::by_parity));
  const auto& w = trial.probe(3, board, Mode::all).readout.weights;
  CHECK(at::equal(w[0], w[1]));
}

}  // namespace othello::test
