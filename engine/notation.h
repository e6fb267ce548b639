// Squares and games as text: f5d6c3… On 6×6 the same names are used, so its corners are b2 and g7.
#pragma once

#include <string>
#include <string_view>

#include "engine/board.h"
#include "engine/game.h"

namespace othello {

/// "a1" … "h8"
std::string square_name(Square square);

/// Either case. Throws Error if `name` is no square of the board.
Square parse_square(std::string_view name, const BoardSize& size);

/// "f5d6c3": lower case, no separators, passes omitted.
std::string game_text(const Game& game);

/// Reads moves in upper or lower case, with or without separators (spaces, commas, semicolons, dashes, dots, line
/// breaks), and replays them. A pass written as "pass", "pa" or "--" is accepted where the rules demand one. Throws
/// Error naming the ply and the move that is not legal.
Game parse_game(std::string_view text, const BoardSize& size);

/// The board as lines of text with coordinates: X black, O white, * the squares in `marks`, . empty.
std::string draw_board(const Position& position, const BoardSize& size, Bits marks = 0);

}  // namespace othello
