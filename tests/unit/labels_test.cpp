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
