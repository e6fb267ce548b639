// Facts about every ply of a game: the labels of training, probes and interventions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/board.h"
#include "engine/rules.h"

namespace othello {

/// The board after a move, from the side that plays next (after any passes): the frame of a position.
struct PlyFacts {
  Position after;   // `mover` = mine, `opponent` = yours
  Bits legal = 0;   // the next move's legal squares; 0 if the game is over
  Bits turned = 0;  // discs that this move turned
  bool pass_before_next = false;
  bool over() const { return legal == 0; }
};

/// Replays `moves` from the start: element t−1 tells of the position after move t. Throws Error for a move that is
/// not legal or comes after the end, naming its number.
std::vector<PlyFacts> replay(const BoardSize& board, std::span<const std::uint8_t> moves);

/// Classes of a square in the frame of a position.
enum class SquareState : std::uint8_t { mine = 0, yours = 1, empty = 2 };
inline constexpr int kStates = 3;

inline SquareState state(const Position& p, Square square) {
  return (p.mover & bit(square))      ? SquareState::mine
         : (p.opponent & bit(square)) ? SquareState::yours
                                      : SquareState::empty;
}

}  // namespace othello
