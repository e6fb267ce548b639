// The symmetries of a game: the four maps of the board that leave the start, colours included, as it is.
#pragma once

#include <array>
#include <cstdint>

#include "data/formats/published.h"
#include "engine/game.h"

namespace othello {

/// The identity, the reflections in the diagonals a1–h8 and h1–a8, and the half turn. The other four maps of a square
/// exchange black and white in the start.
inline constexpr int kSymmetries = 4;

constexpr int mapped(int symmetry, int square) {
  if (symmetry & 1) square = transposed(square);
  return symmetry & 2 ? 63 - square : square;
}

/// A set of squares with every square mapped. Each of the maps is its own inverse.
constexpr Bits mapped_bits(int symmetry, Bits bits) {
  Bits result = 0;
  for_each_square(bits, [&](Square square) { result |= bit(mapped(symmetry, square)); });
  return result;
}

/// `game` with every square mapped.
inline Game image(int symmetry, const Game& game) {
  Game result;
  for (const std::uint8_t square : game.moves()) result.add(mapped(symmetry, square));
  return result;
}

/// The lexicographically smallest of the four images of a legal game: the same for a game and its mirror images. The
/// four possible first moves are images of one another, so the first move alone decides which image it is.
inline Game canonical(const Game& game) {
  if (game.length == 0) return game;
  int best = 0;
  for (int symmetry = 1; symmetry < kSymmetries; ++symmetry)
    if (mapped(symmetry, game.squares[0]) < mapped(best, game.squares[0])) best = symmetry;
  return image(best, game);
}

}  // namespace othello
