// Pairs of beginnings of games that lead to the same state, or to two different ones: what a test of a model's states
// compares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/random.h"
#include "engine/board.h"
#include "engine/game.h"

namespace othello {

/// The first `ply` moves of two games, by their numbers. A state is what continuations depend on: the discs, and which
/// of them belong to the side that plays next (after any pass), so that the side to move is part of it.
struct StatePair {
  std::size_t a = 0, b = 0;
  int ply = 0;
};

/// At most `count` pairs of different moves that lead to the same state, each state once: states are drawn without
/// replacement from those that two different beginnings of `games` reach, then two of these beginnings. 10 000
/// random games meet in some 1400 states, mostly after 6 or 7 moves.
std::vector<StatePair> same_state_pairs(const BoardSize& board, std::span<const Game> games, std::int64_t count,
                                        const Stream& stream);

/// At most `count` pairs of equally many moves that lead to different states: the number of moves is drawn uniformly
/// from kFewestMoves to one less than a full board, then two of the games that are not over by then.
std::vector<StatePair> other_state_pairs(const BoardSize& board, std::span<const Game> games, std::int64_t count,
                                         const Stream& stream);
inline constexpr int kFewestMoves = 4;

}  // namespace othello
