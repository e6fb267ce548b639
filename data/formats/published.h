// Squares as published Othello-GPT code numbers them: the *letter* is the row, letter · 8 + digit − 1. f5 is 44 there
// and 37 here. That is the transpose of our numbering, and the start of the game is symmetric under it: games that are
// read the wrong way round stay legal, so nothing but the name of the format can tell them apart.
#pragma once

#include "engine/board.h"

namespace othello {

/// Both ways: a1 = 0, a2 = 1, … ↔ a1 = 0, b1 = 1, …
constexpr int transposed(int square) { return square % 8 * 8 + square / 8; }

/// Behind the end of a game in published square sequences (Li et al.); in published tokens it is 0.
inline constexpr int kPublishedPadding = -100;

/// Published tokens (Nanda) are 1..60, in increasing order of the published squares without the centre: −100 is no
/// square.
constexpr int published_token(int square) { return square < 27 ? square + 1 : square < 35 ? square - 1 : square - 3; }

}  // namespace othello
