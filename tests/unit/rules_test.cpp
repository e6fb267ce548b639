// Rules against the mailbox oracle: a wrong flip would make every label and every result wrong.
#include "engine/rules.h"

#include "engine/notation.h"
#include "engine/player.h"
#include "tests/support/mailbox.h"
#include "tests/support/positions.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

/// Legal moves and the discs turned on every square, for both sides, as the oracle sees them.
bool agrees_with_oracle(const Position& p, const BoardSize& size) {
  const Mailbox oracle = Mailbox::from(p, size.side);
  for (const Position& side : {p, pass(p)}) {
    if (legal_moves(side, size) != as_bits(oracle.legal(side.to_move))) return false;
    for (const Square square : oracle.squares())
      if (flips(side.mover, side.opponent, square) != as_bits(oracle.turned(side.to_move, square))) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("Positions of real games have the oracle's moves and flips on every square") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    int disagreements = 0;
    for (std::uint64_t i = 0; i < 150; ++i) {
      Turn turn = next_turn(start_position(), size);
      const Game game = random_game(size, Stream(1), i);
      for (const Square square : game.moves()) {
        turn = next_turn(play(turn.position, square), size);
        disagreements += !agrees_with_oracle(turn.position, size);
      }
    }
    CHECK(disagreements == 0);
  }
}

TEST_CASE("Positions that no game reaches have the oracle's moves and flips on every square") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    int disagreements = 0;
    for (std::uint64_t i = 0; i < 8000; ++i)
      disagreements += !agrees_with_oracle(random_position(size, i, 16 + i % 240), size);
    CHECK(disagreements == 0);
  }
}

TEST_CASE("Empty boards and boards of one colour have no moves") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    for (std::uint64_t i = 0; i < 50; ++i) {
      const Bits discs = random_position(size, i, 128).occupied();
      for (const Position& p : {Position{}, Position{discs, 0, Color::black}, Position{0, discs, Color::white},
                                Position{size.squares, 0, Color::black}, Position{0, size.squares, Color::black}}) {
        CHECK(agrees_with_oracle(p, size));
        CHECK(legal_moves(p, size) == 0);
        CHECK(next_turn(p, size).over());
      }
    }
  }
}

TEST_CASE("A move on an occupied square turns nothing") {
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Position p = random_position(kBoard8, i, 200);
    Bits turned = 0;
    for_each_square(p.occupied(), [&](Square square) { turned |= flips(p.mover, p.opponent, square); });
    CHECK(turned == 0);
  }
}

TEST_CASE("Runs of six discs are turned in every direction and no run goes around an edge") {
  // Every line of the board: all its discs are the opponent's but the last, which is the mover's.
  const auto line = [](int file, int rank, int files, int ranks) {
    std::vector<Square> squares;
    for (; file >= 0 && file < 8 && rank >= 0 && rank < 8; file += files, rank += ranks)
      squares.push_back(file + 8 * rank);
    return squares;
  };
  int longest = 0;
  for (int from = 0; from < 64; ++from) {
    for (const auto& [files, ranks] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}}) {
      const auto squares = line(from % 8, from / 8, files, ranks);
      if (squares.size() < 3) continue;
      Position p;
      for (std::size_t i = 1; i + 1 < squares.size(); ++i) p.opponent |= bit(squares[i]);
      CHECK(flips(p.mover, p.opponent, from) == 0);  // the edge does not enclose
      p.mover = bit(squares.back());
      CHECK(flips(p.mover, p.opponent, from) == p.opponent);
      longest = std::max(longest, count(p.opponent));
      p = {~p.occupied() & ~bit(from), p.opponent, Color::black};  // discs everywhere else: nothing more is turned
      CHECK(agrees_with_oracle(p, kBoard8));
    }
  }
  CHECK(longest == 6);
}

TEST_CASE("The start has the published four moves and black begins") {
  for (const BoardSize& size : {kBoard8, kBoard6}) {
    const Position p = start_position();
    CHECK(p.to_move == Color::black);
    CHECK(legal_moves(p, size) == (bit(parse_square("d3", size)) | bit(parse_square("c4", size)) |
                                   bit(parse_square("f5", size)) | bit(parse_square("e6", size))));
    CHECK(p.white() == (bit(parse_square("d4", size)) | bit(parse_square("e5", size))));
  }
}

TEST_CASE("The eight symmetries of the board map moves to moves") {
  const auto map = [](Bits bits, int symmetry) {
    Bits out = 0;
    for_each_square(bits, [&](Square square) {
      int file = square % 8, rank = square / 8;
      if (symmetry & 1) file = 7 - file;
      if (symmetry & 2) rank = 7 - rank;
      if (symmetry & 4) std::swap(file, rank);
      out |= bit(file + 8 * rank);
    });
    return out;
  };
  for (std::uint64_t i = 0; i < 300; ++i)
    for (int symmetry = 0; symmetry < 8; ++symmetry)
      for (const BoardSize& size : {kBoard8, kBoard6}) {
        const Position p = random_position(size, i, 180);
        CHECK(legal_moves(map(p.mover, symmetry), map(p.opponent, symmetry), size) ==
              map(legal_moves(p, size), symmetry));
      }
}

TEST_CASE("Without flips every disc keeps the colour that placed it") {
  const Position p = play<NeverFlipRules>(start_position(), parse_square("f5", kBoard8));
  CHECK(p.black() == (start_position().black() | bit(parse_square("f5", kBoard8))));
  CHECK(p.white() == start_position().white());
  CHECK(p.to_move == Color::white);
}

TEST_CASE("Without diagonals a move turns what it turns along its rank and its file") {
  for (const BoardSize& size : {kBoard8, kBoard6})
    for (std::uint64_t i = 0; i < 300; ++i) {
      const Position p = random_position(size, i, 180);
      int wrong = 0;
      for_each_square(size.squares, [&](Square square) {
        std::vector<Square> expected;
        for (const Square disc : Mailbox::from(p, size.side).turned(p.to_move, square))
          if (disc / 8 == square / 8 || disc % 8 == square % 8) expected.push_back(disc);
        wrong += NoDiagonalRules::turned(p, square) != as_bits(expected);
      });
      CHECK(wrong == 0);
    }
}

TEST_CASE("Only boards of 6 and 8 squares are accepted") {
  CHECK(board_size(8) == kBoard8);
  CHECK(board_size(6) == kBoard6);
  CHECK(count(kBoard6.squares) == 36);
  for (const int side : {-8, 0, 4, 7, 10}) CHECK(contains(error_of([&] { board_size(side); }), "choose 6 or 8"));
}
