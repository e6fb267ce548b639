// Perft: one integer per depth that pins the move generator, passes and endings.
#include "engine/perft.h"

#include "engine/player.h"
#include "engine/rules.h"
#include "tests/support/mailbox.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

constexpr std::array kConventions{PerftConvention::A, PerftConvention::E, PerftConvention::T, PerftConvention::F};

/// The definitions, on the oracle: a pass is a ply in A and E, an ended game counts in A and F.
std::uint64_t oracle_perft(const Mailbox& board, Color mover, int depth, PerftConvention convention) {
  if (depth == 0) return 1;
  const auto legal = board.legal(mover);
  if (!legal.empty()) {
    std::uint64_t leaves = 0;
    for (const Square square : legal) {
      Mailbox next = board;
      next.play(mover, square);
      leaves += oracle_perft(next, other(mover), depth - 1, convention);
    }
    return leaves;
  }
  const bool pass_is_ply = convention == PerftConvention::A || convention == PerftConvention::E;
  const bool ended_counts = convention == PerftConvention::A || convention == PerftConvention::F;
  if (board.legal(other(mover)).empty()) return ended_counts ? 1 : 0;
  return oracle_perft(board, other(mover), pass_is_ply ? depth - 1 : depth, convention);
}

}  // namespace

TEST_CASE("Perft from the start gives the published values in all four conventions") {
  constexpr std::array<std::uint64_t, 9> kLeaves{1, 4, 12, 56, 244, 1396, 8200, 55092, 390216};
  for (const auto convention : kConventions)
    for (std::size_t depth = 0; depth < kLeaves.size(); ++depth)
      CHECK(perft(start_position(), kBoard8, static_cast<int>(depth), convention) == kLeaves[depth]);
  CHECK(perft(start_position(), kBoard8, 9, PerftConvention::A) == 3005288);
  CHECK(perft(start_position(), kBoard8, 9, PerftConvention::E) == 3005288);
  CHECK(perft(start_position(), kBoard8, 9, PerftConvention::T) == 3005320);
  CHECK(perft(start_position(), kBoard8, 9, PerftConvention::F) == 3005320);
}

TEST_CASE("Perft where games have ended early tells the four conventions apart") {
  CHECK(perft(start_position(), kBoard8, 10, PerftConvention::A) == 24571284);
  CHECK(perft(start_position(), kBoard8, 10, PerftConvention::E) == 24571056);
  CHECK(perft(start_position(), kBoard8, 10, PerftConvention::T) == 24571192);
  CHECK(perft(start_position(), kBoard8, 10, PerftConvention::F) == 24571420);
}

TEST_CASE("Perft on 6x6 is what the oracle counts") {
  for (const auto convention : kConventions)
    for (int depth = 0; depth <= 7; ++depth)
      CHECK(perft(start_position(), kBoard6, depth, convention) ==
            oracle_perft(Mailbox::start(6), Color::black, depth, convention));
}

TEST_CASE("Perft near the end of games with passes is what the oracle counts") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    for (std::uint64_t i = 0; i < 20; ++i) {
      const Game game = random_game(size, Stream(2), i);
      Turn turn = next_turn(start_position(), size);
      for (const Square square : game.moves().first(game.length - std::min<std::size_t>(7, game.length)))
        turn = next_turn(play(turn.position, square), size);
      const Mailbox oracle = Mailbox::from(turn.position, size.side);
      for (const auto convention : kConventions)
        for (const int depth : {5, 9})
          CHECK(perft(turn.position, size, depth, convention) ==
                oracle_perft(oracle, turn.position.to_move, depth, convention));
    }
  }
}

TEST_CASE("Perft conventions are named by their letters") {
  CHECK(parse_perft_convention('t') == PerftConvention::T);
  CHECK(parse_perft_convention('A') == PerftConvention::A);
  CHECK_THROWS_AS(parse_perft_convention('x'), UsageError);
}
