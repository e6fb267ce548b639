// Kinds of squares that play differently.
#pragma once

#include <string>
#include <vector>

#include "engine/board.h"

namespace othello {

/// corner, c-square (beside a corner on the edge), x-square (diagonally beside a corner), edge (the rest of it), centre
/// (the four squares of the start), inner (all others), on a board of either size.
const std::vector<std::string>& square_class_names();

/// Index into the names.
int square_class(const BoardSize& board, Square square);

}  // namespace othello
