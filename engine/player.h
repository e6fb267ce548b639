// Players: who chooses the moves of a game that is a pure function of (seed, index).
#pragma once

#include <cstdint>

#include "common/random.h"
#include "engine/board.h"
#include "engine/game.h"

namespace othello {

/// The k-th square (from 0, in increasing order) of a set that has more than k.
Square nth_square(Bits bits, int k);

/// Game `index` of the uniform random player: before each ply every legal move is equally likely (within 2⁻³² each).
/// Ply t takes draw t of the item `index` of `stream`, as the choice among the legal moves in increasing order.
Game random_game(const BoardSize& size, const Stream& stream, std::uint64_t index);

}  // namespace othello
