// Batches: a target shifted by one ply trains a model that looks fine and knows nothing.
#include "data/batch.h"

#include "engine/notation.h"
#include "tests/support/test.h"

using namespace othello;

namespace {

std::size_t cell(const Batch& batch, std::size_t game, int position) {
  return game * static_cast<std::size_t>(batch.context) + static_cast<std::size_t>(position - 1);
}

}  // namespace

TEST_CASE("Position t holds move t and predicts move t plus 1 among its legal moves") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    const Vocabulary vocabulary(size);
    const auto games = take_games(GameSource(size, 1, Purpose::training), 0, 30);
    const Batch batch = make_batch(vocabulary, games);
    REQUIRE(batch.games == 30);
    REQUIRE(batch.context == vocabulary.context());
    REQUIRE(batch.tokens.size() == 30 * static_cast<std::size_t>(vocabulary.context()));
    for (std::size_t g = 0; g < games.size(); ++g) {
      const auto facts = replay(size, games[g].moves());
      for (int t = 1; t <= batch.context; ++t) {
        const std::size_t at = cell(batch, g, t);
        const auto ply = static_cast<std::size_t>(t);
        CHECK(batch.tokens[at] == (t <= games[g].length ? vocabulary.token(games[g].squares[ply - 1]) : kPadding));
        CHECK(batch.targets[at] == (t < games[g].length ? vocabulary.token(games[g].squares[ply]) : kPadding));
        if (batch.targets[at] != kPadding) CHECK((batch.legal[at] >> (batch.targets[at] - 1) & 1) == 1);
        CHECK(batch.legal[at] == (t <= games[g].length ? vocabulary.token_bits(facts[ply - 1].legal) : 0));
      }
    }
  }
}

TEST_CASE("Positions after the end of a short game are padding without targets or legal moves") {
  const Vocabulary vocabulary(kBoard8);
  const std::vector games{parse_game("d3c3b3d2e1d6d7e3f4", kBoard8)};
  const Batch batch = make_batch(vocabulary, games);
  CHECK(batch.tokens[cell(batch, 0, 9)] == vocabulary.token(parse_square("f4", kBoard8)));
  for (int t = 9; t <= batch.context; ++t) {
    CHECK(batch.targets[cell(batch, 0, t)] == kPadding);
    CHECK(batch.legal[cell(batch, 0, t)] == 0);
    if (t > 9) CHECK(batch.tokens[cell(batch, 0, t)] == kPadding);
  }
}

TEST_CASE("An unfinished game has legal moves but no target at its end") {
  const Vocabulary vocabulary(kBoard8);
  const Batch batch = make_batch(vocabulary, std::vector{parse_game("f5", kBoard8)});
  CHECK(batch.tokens[0] == 34);
  CHECK(batch.targets[0] == kPadding);
  CHECK(batch.legal[0] == vocabulary.token_bits(bit(parse_square("f4", kBoard8)) | bit(parse_square("d6", kBoard8)) |
                                                bit(parse_square("f6", kBoard8))));
}

TEST_CASE("The last move of a full game is a target and never an input") {
  const Vocabulary vocabulary(kBoard8);
  auto games = take_games(GameSource(kBoard8, 1, Purpose::training), 0, 20);
  std::erase_if(games, [](const Game& game) { return game.length != 60; });
  REQUIRE_FALSE(games.empty());
  const Batch batch = make_batch(vocabulary, games);
  CHECK(batch.tokens[cell(batch, 0, 59)] == vocabulary.token(games[0].squares[58]));
  CHECK(batch.targets[cell(batch, 0, 59)] == vocabulary.token(games[0].squares[59]));
  CHECK(make_batch(vocabulary, {}).games == 0);
}
