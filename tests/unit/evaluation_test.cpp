// If these fail, cross-entropy, its floor or legal-move rates are not what they say.
#include "model/evaluation.h"

#include <cmath>

#include "data/labels.h"
#include "data/players.h"
#include "model/batch_tensors.h"
#include "model/operations.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

Score total(const std::vector<Score>& scores) {
  Score sum;
  for (const Score& score : scores) sum += score;
  return sum;
}

double mean_of(const Json& result, const char* field) { return result[field]["mean"].get<double>(); }

}  // namespace

TEST_CASE("a model that knows the rules scores its floor, and one that knows nothing scores chance") {
  const Vocabulary vocabulary(kBoard6);
  const auto batch = make_batch(vocabulary, take_games(GameSource(kBoard6, 1, Purpose::evaluation), 0, 20));
  const auto rules = at::log(expected_targets(batch, vocabulary.size()) + 1e-9);
  const Score knows = total(score_batch(rules, batch));
  CHECK(knows.cross_entropy / knows.positions == Approx(knows.floor / knows.positions).epsilon(1e-4));
  CHECK(knows.legal_top1 == knows.positions);
  CHECK(knows.legal_mass / knows.positions == Approx(1).epsilon(1e-4));
  CHECK(knows.kl / knows.positions == Approx(0).margin(1e-4));
  CHECK(knows.kl_player == knows.kl);

  std::vector<PlyScore> plies(31);
  const auto scores = score_batch(at::zeros({20, 31, 33}), batch, &plies);
  CHECK(scores[0].cross_entropy / scores[0].positions == Approx(std::log(33.0)));
  CHECK(scores[0].legal_top1 == 0);  // ties go to padding, which is no move
  CHECK(scores[0].kl == Approx(scores[0].positions * std::log(33.0) - scores[0].floor));
  CHECK(plies[0].sum.floor / plies[0].sum.positions == Approx(std::log(3.0)));  // three legal moves after the first
}

TEST_CASE("the floor is the mean entropy of the player, which a model that knows the player reaches") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const Vocabulary vocabulary(board);
    const GameSource source(board, 6, Purpose::evaluation, make_player("greedy:25", board));
    double entropy = 0, positions = 0;
    for (const Game& game : take_games(source, 0, 40)) {
      const auto facts = replay(board, game.moves());
      for (std::size_t t = 0; t + 1 < facts.size(); ++t, ++positions) {
        const MoveWeights weights = source.player().distribution(facts[t].after);
        for_each_square(weights.moves(), [&](Square square) {
          entropy -= weights.probability(square) * std::log(weights.probability(square));
        });
      }
    }
    const auto p = expected_targets(take_batch(vocabulary, source, 0, 40), vocabulary.size());
    const auto loss = ops::cross_entropy_sum_expected(at::log(p + 1e-30).view({-1, vocabulary.size()}),
                                                      p.view({-1, vocabulary.size()}));
    CHECK(loss.item<double>() == Approx(entropy).epsilon(1e-4));

    const Transformer model(ModelConfig{.board = board.side, .layers = 1, .d_model = 16, .heads = 2}, 1);
    const auto result = evaluate(model, source, 40, 2).to_json();
    CHECK(result["positions"] == positions);
    CHECK(result["floor"]["mean"].get<double>() == Approx(entropy / positions));
  }
}

TEST_CASE("calibration is measured against the player's own distribution and against uniform legal moves") {
  const Vocabulary vocabulary(kBoard6);
  const GameSource source(kBoard6, 6, Purpose::evaluation, make_player("greedy:25", kBoard6));
  const auto batch = take_batch(vocabulary, source, 0, 20);
  const auto p = expected_targets(batch, vocabulary.size());
  const auto knows = total(score_batch(at::log(p + 1e-30), batch));
  CHECK(knows.kl_player / knows.positions == Approx(0).margin(1e-4));
  const auto uniform = total(score_batch(at::log(legal_tensor(batch, vocabulary.size()) + 1e-9), batch));
  CHECK(uniform.kl / uniform.positions == Approx(0).margin(1e-4));
  double divergence = 0;  // Σ q·log(q / u) of the player from uniform
  for (const Game& game : take_games(source, 0, 20)) {
    const auto facts = replay(kBoard6, game.moves());
    for (std::size_t t = 0; t + 1 < facts.size(); ++t)
      divergence +=
          std::log(static_cast<double>(count(facts[t].legal))) - source.player().distribution(facts[t].after).entropy();
  }
  CHECK(uniform.kl_player == Approx(divergence).epsilon(1e-3));

  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 16, .heads = 2}, 1);
  const auto result = evaluate(model, source, 300, 2).to_json();
  // The excess is kl_player with the noise of the moves that were drawn.
  CHECK(result["excess"]["low"].get<double>() < mean_of(result, "kl_player") + 0.02);
  CHECK(result["excess"]["high"].get<double>() > mean_of(result, "kl_player") - 0.02);
}

TEST_CASE("games whose player nobody knows have no floor, and the same figures besides") {
  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 16, .heads = 2}, 1);
  const GameSource source(kBoard6, 4, Purpose::evaluation);
  const auto games = take_games(source, 0, 70);
  const auto known = evaluate(model, games, &source.player(), 2).to_json();
  const auto imported = evaluate(model, games, nullptr, 2).to_json();
  CHECK(known == evaluate(model, source, 70, 2).to_json());
  for (const char* field : {"floor", "excess", "kl_player"}) CHECK(imported[field].is_null());
  CHECK(imported["by_ply"][5]["floor"].is_null());
  for (const char* field : {"positions", "cross_entropy", "legal_top1", "legal_mass", "kl"})
    CHECK(imported[field] == known[field]);
  CHECK(contains(error_of([&] { evaluate(model, std::vector<Game>(3), nullptr, 1); }), "second move"));
}

TEST_CASE("the plies of an evaluation add up to its totals") {
  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 16, .heads = 2}, 1);
  const auto result = evaluate(model, GameSource(kBoard6, 4, Purpose::evaluation), 100, 2).to_json();
  for (const char* field : {"cross_entropy", "floor", "legal_top1", "legal_mass", "kl", "kl_player"}) {
    double sum = 0, positions = 0;
    for (const auto& ply : result["by_ply"]) {
      sum += ply[field].get<double>() * ply["positions"].get<double>();
      positions += ply["positions"].get<double>();
    }
    CHECK(positions == result["positions"]);
    CHECK(sum / positions == Approx(mean_of(result, field)));
  }
  for (const auto& ply : result["by_ply"]) {  // a share's standard error is known
    const double share = ply["legal_top1"], n = ply["positions"];
    CHECK(ply["standard_error"]["legal_top1"].get<double>() ==
          Approx(std::sqrt(share * (1 - share) / (n - 1))).margin(1e-9));
  }
}

TEST_CASE("an evaluation does not depend on the number of workers") {
  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 16, .heads = 2}, 1);
  const GameSource source(kBoard6, 4, Purpose::evaluation);
  const auto one = evaluate(model, source, 130, 1).to_json(), three = evaluate(model, source, 130, 3).to_json();
  CHECK(one == three);
  CHECK(one["games"] == 130);
  CHECK(one["floor"]["mean"].get<double>() == Approx(1.54).epsilon(0.05));
  CHECK(one["excess"]["mean"].get<double>() ==
        Approx(one["cross_entropy"]["mean"].get<double>() - one["floor"]["mean"].get<double>()));
}

}  // namespace othello::test
