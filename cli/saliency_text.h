// Saliency maps, and what many of them say, for a terminal of 100 columns.
#pragma once

#include <string>

#include "common/config.h"
#include "engine/board.h"

namespace othello {

/// One number for each square in percentage points, with coordinates; `values`: 64 shares or nulls (drawn as dots).
/// Behind a number stands * for the squares of `marks`, if there are any.
std::string saliency_map(const Json& values, const BoardSize& board, Bits marks = 0);

std::string saliency_text(const Json& document);

}  // namespace othello
