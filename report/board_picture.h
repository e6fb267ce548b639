// Othello boards: positions with what a model predicts, and one number per square.
#pragma once

#include <optional>
#include <string>

#include "engine/board.h"
#include "report/document.h"
#include "report/matrix.h"

namespace othello {

/// A position with the legal moves and a model's probabilities.
struct BoardPicture {
  std::string title;  // what the picture shows, for screen readers
  BoardSize size = kBoard8;
  Bits black = 0;
  Bits white = 0;
  Bits legal = 0;                       // drawn as rings
  SquareValues probability{};           // shaded and, from 0.5 % on, written in percent
  std::optional<Square> highlighted{};  // a frame around this square
};

/// The model's N most probable squares, N the number of legal moves: what the error counts. Ties go to the lower
/// square.
Bits top_moves(const SquareValues& probability, Bits legal);

/// Rings are legal moves; a cross marks a move of the top N that is not legal, a dashed ring a legal one that is
/// not among the top N.
std::string draw(const BoardPicture& picture);

/// A number in percent and a colour per square.
struct BoardHeat {
  std::string title;
  BoardSize size = kBoard8;
  SquareValues values{};
  ColourScale scale;
  Unit unit = Unit::percent;  // points: differences, written with their sign
  double width = 190;
};

std::string draw(const BoardHeat& heat);

}  // namespace othello
