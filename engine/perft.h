// Perft: how many move sequences of a given length there are; the integer that pins the move generator.
#pragma once

#include <cstdint>

#include "engine/board.h"

namespace othello {

/// What counts as a ply and as a leaf. All agree up to depth 8 on 8×8.
enum class PerftConvention {
  A,  // a pass is a ply, an ended game counts 1 (Aart Bik)
  E,  // a pass is a ply if the opponent can move, an ended game counts 0 (Edax, OEIS A124004)
  T,  // a pass is no ply, an ended game counts 0: the number of legal token sequences
  F,  // as T, but an ended game counts 1
};

/// 'A', 'E', 'T' or 'F' in either case; else Error.
PerftConvention parse_perft_convention(char letter);

/// Leaves at `depth` ≥ 0 below `position`.
std::uint64_t perft(const Position& position, const BoardSize& size, int depth, PerftConvention convention);

}  // namespace othello
