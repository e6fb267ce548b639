// Perft: one integer per depth that pins the move generator, passes and endings.
#include "engine/perft.h"

#include <array>
#include <span>

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

TEST_CASE("Perft 11 gives the published values in all four conventions", "[long]") {
  CHECK(perft(start_position(), kBoard8, 11, PerftConvention::A) == 212258800);
  CHECK(perft(start_position(), kBoard8, 11, PerftConvention::E) == 212258216);
  CHECK(perft(start_position(), kBoard8, 11, PerftConvention::T) == 212260296);
  CHECK(perft(start_position(), kBoard8, 11, PerftConvention::F) == 212260880);
}

namespace {

/// Whole games of one length: how many there are, how likely uniform play is to meet one, and how they end.
struct Endings {
  std::int64_t games = 0, black_wiped_out = 0, white_wiped_out = 0;
  double probability = 0;
};

void find_endings(const Turn& turn, std::size_t length, double probability, std::span<Endings> by_length) {
  if (turn.over()) {
    Endings& found = by_length[length];
    ++found.games, found.probability += probability;
    found.black_wiped_out += turn.position.black() == 0, found.white_wiped_out += turn.position.white() == 0;
  } else if (length + 1 < by_length.size()) {
    const double share = probability / count(turn.legal);
    for_each_square(turn.legal, [&](Square square) {
      find_endings(next_turn(play(turn.position, square), kBoard8), length + 1, share, by_length);
    });
  }
}

}  // namespace

TEST_CASE("Games end early exactly as often as enumeration says") {
  std::array<Endings, 11> endings;
  find_endings(next_turn(start_position(), kBoard8), 0, 1, endings);
  for (std::size_t length = 0; length < 9; ++length) CHECK(endings[length].games == 0);
  CHECK(endings[9].games == 228);
  CHECK(endings[9].white_wiped_out == 228);
  CHECK(endings[9].probability == Approx(1.508431e-4).epsilon(1e-6));
  CHECK(endings[10].games == 356);
  CHECK(endings[10].black_wiped_out == 356);
  CHECK(endings[10].probability == Approx(2.052058e-5).epsilon(1e-6));
}

TEST_CASE("Four games of 11 moves end with both colours alive", "[long]") {
  std::array<Endings, 12> endings;
  find_endings(next_turn(start_position(), kBoard8), 0, 1, endings);
  CHECK(endings[11].games == 6384);
  CHECK(endings[11].white_wiped_out == 6380);
  CHECK(endings[11].black_wiped_out == 0);
  CHECK(endings[11].probability == Approx(6.829489e-5).epsilon(1e-6));
}
