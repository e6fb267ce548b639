// Labels against the oracle: probes are trained and judged on them.
#include "data/labels.h"

#include "data/games.h"
#include "engine/notation.h"
#include "tests/support/mailbox.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

/// What the oracle says of a square from the side that plays next.
SquareState oracle_state(const MailboxGame& game, Square square) {
  const auto cell = game.board.at(square);
  if (!cell) return SquareState::empty;
  return *cell == game.to_move ? SquareState::mine : SquareState::yours;
}

/// Whether every fact of a ply is what the oracle found; `turned` are the discs that the move turned.
bool agrees(const PlyFacts& facts, const MailboxGame& oracle, const std::vector<Square>& turned) {
  bool same = facts.after.to_move == oracle.to_move && facts.legal == as_bits(oracle.legal()) &&
              facts.turned == as_bits(turned) && facts.pass_before_next == oracle.passed && facts.over() == oracle.over;
  for (const Square square : oracle.board.squares())
    same = same && state(facts.after, square) == oracle_state(oracle, square);
  return same;
}

}  // namespace

TEST_CASE("Labels of random games are the oracle's on every ply of both boards") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    const GameSource source(size, 3, Purpose::probes);
    int disagreements = 0, passes = 0, unfinished = 0;
    for (std::uint64_t i = 0; i < 400; ++i) {
      const Game game = source.game(i);
      const auto facts = replay(size, game.moves());
      MailboxGame oracle(size.side);
      for (std::size_t t = 0; t < game.length; ++t) {
        const auto turned = oracle.board.turned(oracle.to_move, game.squares[t]);
        oracle.play(game.squares[t]);
        disagreements += !agrees(facts[t], oracle, turned);
        passes += facts[t].pass_before_next;
      }
      unfinished += !oracle.over;
    }
    CHECK(disagreements == 0);
    CHECK(passes > 50);
    CHECK(unfinished == 0);
  }
}

TEST_CASE("Mine is the side that plays next even after a pass") {
  // After the eighth move black must pass: white, who played it, plays again.
  const Game game = parse_game("d3c3b3b2f5a3a1c1e3", kBoard8);
  const auto facts = replay(kBoard8, game.moves());
  CHECK(facts[7].pass_before_next);
  CHECK(facts[7].after.to_move == facts[6].after.to_move);
  CHECK(state(facts[7].after, game.squares[7]) == SquareState::mine);
  CHECK_FALSE(facts[0].pass_before_next);
  CHECK(state(facts[0].after, game.squares[0]) == SquareState::yours);
}

TEST_CASE("A game that cannot be replayed is refused with the move's number") {
  const auto problem = [](std::vector<std::uint8_t> moves) { return error_of([&] { replay(kBoard8, moves); }); };
  CHECK(contains(problem({37, 37}), "move 2 (f5) is not legal"));
  CHECK(contains(problem({200}), "move 1 (no square)"));
  CHECK(contains(problem({27}), "move 1 (d4) is not legal"));
  auto ended = parse_game("d3c3b3d2e1d6d7e3f4", kBoard8);
  ended.add(0);
  CHECK(contains(error_of([&] { replay(kBoard8, ended.moves()); }), "move 10 (a1) comes after the end"));
  CHECK(replay(kBoard8, {}).empty());
}

TEST_CASE("Facts of many games are the facts of each of them") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    std::vector<Game> games(200);
    random_games(board, Stream(5), 0, games);
    const GameFacts facts(board, games);
    REQUIRE(facts.games() == games.size());
    int different = 0;
    for (std::size_t g = 0; g < games.size(); ++g) {
      const auto plain = replay(board, games[g].moves());
      REQUIRE(facts.length(g) == games[g].length);
      CHECK(facts.over(g));
      const auto states = facts.states(g);
      const auto colors = facts.colors(g);
      const auto flips = facts.flip_counts(g);
      std::array<int, 64> flipped{};
      for (std::size_t t = 0; t < plain.size(); ++t) {
        different += facts.at(g, static_cast<int>(t) + 1) != plain[t];
        for (Square s = 0; s < 64; ++s) {
          const auto i = static_cast<std::size_t>(s);
          const Bits disc = bit(s);
          const int color = (plain[t].after.black() & disc) ? 0 : (plain[t].after.white() & disc) ? 1 : 2;
          flipped[i] += (plain[t].turned & disc) != 0;
          different += states[64 * t + i] != static_cast<std::uint8_t>(state(plain[t].after, s));
          different += colors[64 * t + i] != color || flips[64 * t + i] != flipped[i];
        }
      }
    }
    CHECK(different == 0);
  }
}

TEST_CASE("Facts of an illegal game name the game and the move") {
  std::vector<Game> games(3);
  random_games(kBoard8, Stream(5), 0, games);
  games[1].squares[7] = 27;
  const std::string problem = error_of([&] { GameFacts(kBoard8, games); });
  CHECK(contains(problem, "game 1: move 8 (d4) is not legal"));
}
