// Notation: what people paste must be read as they mean it or refused with the move's number.
#include "engine/notation.h"

#include "engine/rules.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

std::string problem(std::string_view text, const BoardSize& size = kBoard8) {
  return error_of([&] { parse_game(text, size); });
}

/// The turn after the whole game.
Turn last_turn(const Game& game) {
  Turn turn = next_turn(start_position(), kBoard8);
  for (const Square square : game.moves()) turn = next_turn(play(turn.position, square), kBoard8);
  return turn;
}

// Black has no move after the eighth move (reference enumeration: 24 such openings).
constexpr std::string_view kEarlyPass = "d3c3b3b2f5a3a1c1e3";

}  // namespace

TEST_CASE("Squares are named by file and rank with a1 as square 0") {
  CHECK(square_name(0) == "a1");
  CHECK(square_name(7) == "h1");
  CHECK(square_name(8) == "a2");
  CHECK(square_name(63) == "h8");
  CHECK(parse_square("f5", kBoard8) == 37);
  CHECK(parse_square("F5", kBoard8) == 37);
  for (int square = 0; square < 64; ++square) CHECK(parse_square(square_name(square), kBoard8) == square);
}

TEST_CASE("What is no square of the board is refused with the range that exists") {
  for (const char* name : {"", "f", "f55", "i1", "a0", "a9", "5f", "\xc3\xa4", "  "})
    CHECK(contains(error_of([&] { parse_square(name, kBoard8); }), "8×8 board (a1 to h8)"));
  CHECK(contains(error_of([] { parse_square("a1", kBoard6); }), "6×6 board (b2 to g7)"));
  CHECK(parse_square("b2", kBoard6) == 9);
  CHECK(parse_square("g7", kBoard6) == 54);
}

TEST_CASE("Games are read in either case and with or without separators") {
  const Game game = parse_game("f5d6c3d3c4", kBoard8);
  CHECK(game.length == 5);
  for (const char* text : {"F5D6C3D3C4", "f5 d6 c3 d3 c4", "F5, D6, C3, D3, C4", "f5-d6-c3-d3-c4",
                           "f5;d6\nc3\td3\r\nc4\n", " f5.d6.c3 d3c4 "})
    CHECK(parse_game(text, kBoard8) == game);
  CHECK(game_text(game) == "f5d6c3d3c4");
  CHECK(parse_game("", kBoard8).length == 0);
  CHECK(parse_game(" \n", kBoard8).length == 0);
}

TEST_CASE("An illegal move is named with its number") {
  CHECK(contains(problem("f5f6e6d7"), "move 4 ('d7') is not legal for white"));
  CHECK(contains(problem("a1"), "move 1 ('a1') is not legal for black"));
  CHECK(contains(problem("f5f5"), "move 2 ('f5') is not legal"));
  CHECK(contains(problem("d4"), "move 1 ('d4') is not legal"));
  CHECK(contains(problem("f5z9"), "move 2: 'z9' is not a square"));
  CHECK(contains(problem("f5d"), "move 2: 'd' is not a square"));
  CHECK(contains(problem("f5 d 6"), "move 2"));
  CHECK(contains(problem("f5h8", kBoard6), "move 2: 'h8' is not a square of the 6×6 board"));
}

TEST_CASE("Moves after the end of a game are refused") {
  CHECK(problem("d3c3b3d2e1d6d7e3f4").empty());
  CHECK(contains(problem("d3c3b3d2e1d6d7e3f4a1"), "move 10 ('a1') comes after the end"));
}

TEST_CASE("A pass may be written where the rules demand one and nowhere else") {
  const Game game = parse_game(kEarlyPass, kBoard8);
  REQUIRE(game.length == 9);
  const std::string before = game_text(game).substr(0, 16);
  const std::string after = game_text(game).substr(16);
  for (const char* pass : {"pass", "PASS", "pa", "PA", "--", " pass ", ", -- ,"})
    CHECK(parse_game(before + pass + after, kBoard8) == game);
  CHECK(contains(problem(before + "pass pass" + after), "move 9: a pass is written where there is none"));
  CHECK(contains(problem("pass f5"), "move 1: a pass is written where there is none"));
  CHECK(contains(problem("f5--d6"), "move 2: a pass is written where there is none"));
  CHECK(contains(problem("d3c3b3d2e1d6d7e3f4pass"), "a pass is written"));
}

TEST_CASE("Games that end early end where enumeration says") {
  const Turn wiped_white = last_turn(parse_game("d3c3b3d2e1d6d7e3f4", kBoard8));
  CHECK(wiped_white.over());
  CHECK(wiped_white.position.white() == 0);
  CHECK(count(wiped_white.position.black()) == 13);

  const Turn wiped_black = last_turn(parse_game("d3c3b3e3f5a3c4e6f4g4", kBoard8));
  CHECK(wiped_black.over());
  CHECK(wiped_black.position.black() == 0);
  CHECK(count(wiped_black.position.white()) == 14);

  const Turn both_alive = last_turn(parse_game("d3e3f6c4b3c2e2a4a2d2d1", kBoard8));
  CHECK(both_alive.over());
  CHECK(both_alive.position.black() != 0);
  CHECK(both_alive.position.white() != 0);
  CHECK(count(~both_alive.position.occupied()) == 49);
}

TEST_CASE("A drawn board shows files and ranks and discs where they are") {
  const Position p = play(start_position(), parse_square("f5", kBoard8));
  CHECK(draw_board(p, kBoard8, legal_moves(p, kBoard8)) ==
        "   a b c d e f g h\n"
        "1  . . . . . . . .\n"
        "2  . . . . . . . .\n"
        "3  . . . . . . . .\n"
        "4  . . . O X * . .\n"
        "5  . . . X X X . .\n"
        "6  . . . * . * . .\n"
        "7  . . . . . . . .\n"
        "8  . . . . . . . .\n");
  CHECK(draw_board(start_position(), kBoard6) ==
        "   b c d e f g\n"
        "2  . . . . . .\n"
        "3  . . . . . .\n"
        "4  . . O X . .\n"
        "5  . . X O . .\n"
        "6  . . . . . .\n"
        "7  . . . . . .\n");
}
