// If these fail, cross-entropy, its floor or legal-move rates are not what they say.
#include "model/evaluation.h"

#include <cmath>

#include "data/players.h"
#include "model/batch_tensors.h"
#include "model/operations.h"
#include "tests/support/torch_test.h"

namespace othello::test {

TEST_CASE("a model that knows the rules scores its floor, and one that knows nothing scores chance") {
  const Vocabulary vocabulary(kBoard6);
  const auto batch = make_batch(vocabulary, take_games(GameSource(kBoard6, 1, Purpose::evaluation), 0, 20));
  const auto rules = at::log(expected_targets(batch, vocabulary.size()) + 1e-9);
  double positions = 0, loss = 0, floor = 0, top1 = 0, mass = 0;
  for (const auto& game : score_batch(rules, batch)) {
    positions += game.positions, loss += game.cross_entropy, floor += game.floor, top1 += game.legal_top1,
        mass += game.legal_mass;
  }
  CHECK(loss / positions == Approx(floor / positions).epsilon(1e-4));
  CHECK(top1 == positions);
  CHECK(mass / positions == Approx(1).epsilon(1e-4));

  std::vector<PlyScore> plies(31);
  const auto scores = score_batch(at::zeros({20, 31, 33}), batch, &plies);
  CHECK(scores[0].cross_entropy / scores[0].positions == Approx(std::log(33.0)));
  CHECK(scores[0].legal_top1 == 0);                                     // ties go to padding, which is no move
  CHECK(plies[0].floor / plies[0].positions == Approx(std::log(3.0)));  // three legal moves after the first
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
